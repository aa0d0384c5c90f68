import t from 'tap'
import { MAX_TIMESTAMP_MS } from '../../src/event/limits.js'
import { parseEpoch, parseTimestamp } from '../../src/event/timestamp.js'
import { seeded } from '../support/random.js'

t.test('RFC 3339 times with offset are read to the millisecond', (t) => {
  const noon = Date.UTC(2026, 10, 20, 10, 0, 0)
  const cases: [string, number][] = [
    ['2026-11-20T10:00:00Z', noon],
    ['2026-11-20T10:00:00z', noon],
    ['2026-11-20 10:00:00Z', noon],
    ['2026-11-20 10:00:00+00:00', noon],
    ['2026-11-20T10:00:00-00:00', noon],
    ['2026-11-20T12:00:00+02:00', noon],
    ['2026-11-20T04:30:00-05:30', noon],
    ['2026-11-21T09:59:00+23:59', noon],
    ['2026-11-19T10:01:00-23:59', noon],
    ['2026-11-20T10:00:00.1Z', noon + 100],
    ['2026-11-20T10:00:00.12Z', noon + 120],
    ['2026-11-20T10:00:00.123Z', noon + 123],
    ['2026-11-20T10:00:00.1239Z', noon + 123],
    ['2026-11-20T10:00:00.999999999Z', noon + 999],
    ['2026-11-20T10:00:00.000000001+00:00', noon],
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01T00:00:00-01:00', 3_600_000],
    ['9999-12-31T23:59:59.999Z', MAX_TIMESTAMP_MS],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T23:59:59Z', Date.UTC(2000, 1, 29, 23, 59, 59)],
    ['2026-12-31T23:59:59Z', Date.UTC(2026, 11, 31, 23, 59, 59)]
  ]
  for (const [text, expected] of cases) t.equal(parseTimestamp(text), expected, text)
  t.end()
})

t.test('everything else is no timestamp', (t) => {
  const cases = [
    '',
    'item 12',
    '2026-11-20',
    '2026-11-20T10:00:00',
    '2026-11-20T10:00Z',
    '2026-11-20t10:00:00Z',
    '2026-11-20  10:00:00Z',
    '2026-11-20\t10:00:00Z',
    '2026-11-20_10:00:00Z',
    '2026-11-20T10:00:00 Z',
    ' 2026-11-20T10:00:00Z',
    '2026-11-20T10:00:00Z ',
    '2026-11-20T10:00:00Z\n',
    '2026-11-20T10:00:00.Z',
    '2026-11-20T10:00:00,5Z',
    '2026-11-20T10:00:00.1234567890Z',
    '2026-11-20T10:00:00+0200',
    '2026-11-20T10:00:00+02',
    '2026-11-20T10:00:00+2:00',
    '2026-11-20T10:00:00+02:0',
    '2026-11-20T10:00:00+24:00',
    '2026-11-20T10:00:00+00:60',
    '2026-11-20T10:00:00−02:00',
    '2026-11-20T10:00:00Z+02:00',
    '2026-11-20T10:00:00UTC',
    '2026-11-20T24:00:00Z',
    '2026-11-20T10:60:00Z',
    '2026-11-20T10:00:60Z',
    '2016-12-31T23:59:60Z',
    '2026-00-20T10:00:00Z',
    '2026-13-20T10:00:00Z',
    '2026-11-00T10:00:00Z',
    '2026-11-31T10:00:00Z',
    '2026-01-32T10:00:00Z',
    '2026-02-29T10:00:00Z',
    '2026-02-30T10:00:00Z',
    '2100-02-29T10:00:00Z',
    '2026-1-2T10:00:00Z',
    '26-11-20T10:00:00Z',
    '+2026-11-20T10:00:00Z',
    '-2026-11-20T10:00:00Z',
    '12026-11-20T10:00:00Z',
    '20261120T100000Z',
    '２026-11-20T10:00:00Z',
    'Fri, 20 Nov 2026 10:00:00 GMT',
    '1763632800'
  ]
  for (const text of cases) t.equal(parseTimestamp(text), null, JSON.stringify(text))
  t.end()
})

t.test('both the written year and the instant lie within 1970 to 9999', (t) => {
  t.equal(parseTimestamp('1969-12-31T23:59:59.999Z'), null)
  t.equal(parseTimestamp('1969-12-31T23:00:00-02:00'), null, 'the instant would do, the year does not')
  t.equal(parseTimestamp('1970-01-01T00:59:59.999+01:00'), null, 'the year would do, the instant does not')
  t.equal(parseTimestamp('1970-01-01T01:00:00+01:00'), 0)
  t.equal(parseTimestamp('9999-12-31T23:59:59.999-00:01'), null)
  t.equal(parseTimestamp('9999-12-31T23:59:59.999+00:01'), MAX_TIMESTAMP_MS - 60_000)
  t.equal(parseTimestamp('0000-01-01T00:00:00Z'), null)
  t.end()
})

t.test('epoch integers are seconds below 10^11 and milliseconds from there on', (t) => {
  const cases: [string, number | null][] = [
    ['0', 0],
    ['1', 1000],
    ['1763632800', 1_763_632_800_000],
    ['99999999999', 99_999_999_999_000],
    ['100000000000', 100_000_000_000],
    ['1763632800123', 1_763_632_800_123],
    ['253402300799999', MAX_TIMESTAMP_MS],
    ['253402300800000', null],
    ['999999999999999', null],
    ['9'.repeat(400), null],
    ['-0', null],
    ['-1', null],
    ['1.0', null],
    ['1763632800.5', null],
    ['1e9', null],
    ['01', null],
    ['+1', null],
    ['', null],
    [' 1', null]
  ]
  for (const [text, expected] of cases) t.equal(parseEpoch(text), expected, text.slice(0, 30))
  t.end()
})

t.test('random timestamps agree with Date.UTC', (t) => {
  const random = seeded(t)
  const integer = (low: number, high: number) => low + random.int(high - low + 1)
  const two = (count: number) => String(count).padStart(2, '0')
  const mismatches: unknown[] = []
  for (let round = 0; round < 20_000; round++) {
    const year = integer(1970, 9999)
    const month = integer(1, 12)
    const day = integer(1, 31)
    const [hour, minute, second] = [integer(0, 23), integer(0, 59), integer(0, 59)]
    const fraction = integer(0, 3) === 0 ? '' : `.${String(integer(0, 999_999_999)).slice(0, integer(1, 9))}`
    const offsetMinutes = integer(-1439, 1439)
    const size = Math.abs(offsetMinutes)
    const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
    const text = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${offset}`
    const fractionMs = Math.floor(Number(`${fraction.slice(1)}000`.slice(0, 3)))
    const local = Date.UTC(year, month - 1, day, hour, minute, second, fractionMs)
    const instant = local - offsetMinutes * 60_000
    const isReal = new Date(local).getUTCDate() === day && instant >= 0 && instant <= MAX_TIMESTAMP_MS
    const expected = isReal ? instant : null
    if (parseTimestamp(text) !== expected) mismatches.push([text, expected])
  }
  t.same(mismatches, [])
  t.end()
})

t.test('the machine’s time zone does not matter', (t) => {
  const before = process.env['TZ']
  for (const zone of ['America/St_Johns', 'Pacific/Kiritimati', 'UTC']) {
    process.env['TZ'] = zone
    t.equal(parseTimestamp('2026-03-29T02:30:00Z'), 1_774_751_400_000, zone)
    t.equal(parseTimestamp('2026-03-29T02:30:00'), null, zone)
  }
  if (before === undefined) delete process.env['TZ']
  else process.env['TZ'] = before
  t.end()
})
