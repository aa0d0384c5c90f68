import t from 'tap'
import {
  bucketName,
  bucketOf,
  dateOfDay,
  dayName,
  dayOfDate,
  GRANULARITIES,
  nextBucket,
  parseBucket,
  parseDay,
  previousBucket
} from '../../src/base/civil-date.js'

const DAY_MS = 86_400_000
const LAST_DAY = Date.UTC(2100, 11, 31) / DAY_MS

t.test('every day of 1970 to 2100 is the one that Date says', (t) => {
  const wrong: number[] = []
  for (let day = 0; day <= LAST_DAY; day++) {
    const date = new Date(day * DAY_MS)
    const expected = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    const text = date.toISOString().slice(0, 10)
    const found = dateOfDay(day)
    if (found.year !== expected.year || found.month !== expected.month || found.day !== expected.day)
      wrong.push(day)
    if (dayOfDate(expected) !== day || dayName(day) !== text || parseDay(text) !== day) wrong.push(day)
  }
  t.strictSame(wrong, [])
  t.end()
})

t.test('weeks and months begin where counting days says', (t) => {
  let monday = -3
  let month = 0
  const wrong: number[] = []
  for (let day = 0; day <= LAST_DAY; day++) {
    const date = new Date(day * DAY_MS)
    if (date.getUTCDay() === 1) {
      if (nextBucket('week', monday) !== day || previousBucket('week', day) !== monday) wrong.push(day)
      monday = day
    }
    if (date.getUTCDate() === 1 && day > 0) {
      if (nextBucket('month', month) !== day || previousBucket('month', day) !== month) wrong.push(day)
      month = day
    }
    if (bucketOf('week', day) !== monday || bucketOf('month', day) !== month || bucketOf('day', day) !== day)
      wrong.push(day)
  }
  t.strictSame(wrong, [])
  t.end()
})

t.test('a week is numbered by counting from the week of the first Thursday', (t) => {
  const wrong: string[] = []
  for (let year = 1970; year <= 2100; year++) {
    const first = new Date(Date.UTC(year, 0, 1))
    while (first.getUTCDay() !== 4) first.setUTCDate(first.getUTCDate() + 1)
    const thursday = first
    for (let week = 1; thursday.getUTCFullYear() === year; week++) {
      const start = thursday.getTime() / DAY_MS - 3
      const name = `${year}-W${String(week).padStart(2, '0')}`
      if (bucketName('week', start) !== name || parseBucket(name)?.start !== start) wrong.push(name)
      thursday.setUTCDate(thursday.getUTCDate() + 7)
    }
  }
  t.strictSame(wrong, [])
  t.end()
})

t.test('year ends fall into the weeks that calendars show', (t) => {
  const cases: [string, string][] = [
    ['1970-01-01', '1970-W01'],
    ['1976-12-31', '1976-W53'],
    ['1977-01-02', '1976-W53'],
    ['2004-12-31', '2004-W53'],
    ['2005-01-01', '2004-W53'],
    ['2008-12-29', '2009-W01'],
    ['2010-01-03', '2009-W53'],
    ['2020-12-31', '2020-W53'],
    ['2024-12-30', '2025-W01'],
    ['2026-11-20', '2026-W47'],
    ['2027-01-03', '2026-W53'],
    ['9999-12-31', '9999-W52']
  ]
  for (const [date, week] of cases)
    t.equal(bucketName('week', bucketOf('week', parseDay(date) ?? NaN)), week, date)
  t.end()
})

t.test('days before 1970 and after 9999 have names too', (t) => {
  t.equal(dayName(-1), '1969-12-31')
  t.equal(dayName(parseDay('9999-12-31')! + 1), '10000-01-01')
  t.equal(parseDay('10000-01-01'), parseDay('9999-12-31')! + 1)
  t.equal(bucketName('month', parseDay('9999-12-01')!), '9999-12')
  t.end()
})

t.test('names are read back, whatever the granularity', (t) => {
  for (const granularity of GRANULARITIES)
    for (let start = bucketOf(granularity, 0); start < LAST_DAY; start = nextBucket(granularity, start)) {
      const found = parseBucket(bucketName(granularity, start))
      if (found?.granularity !== granularity || found.start !== start)
        t.fail(`${granularity} ${start} is read as ${JSON.stringify(found)}`)
    }
  t.end()
})

t.test('what is no day, week or month is not read', (t) => {
  const wrong = [
    ['', 'x', '2026', '2026-1', '26-01', '2026-00', '2026-13', '2026-1-1', '2026-01-1', '2026-01-00'],
    ['2026-02-29', '2100-02-29', '2026-04-31', '2026-12-32', '2026-W00', '2025-W53', '2026-W54', '2026-W5'],
    ['2026-w01', '2026-W01-1', ' 2026-01', '2026-01 ', '2026-01\n', '02026-01', '2026/01', '+2026-01']
  ].flat()
  for (const text of wrong) t.equal(parseBucket(text), null, JSON.stringify(text))
  t.equal(parseDay('2026-01'), null)
  t.equal(parseDay('2026-W01'), null)
  t.end()
})
