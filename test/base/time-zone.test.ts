import t from 'tap'
import {
  canonicalTimeZone,
  dayOfMinute,
  isTimeZone,
  minuteOfDay,
  timeZoneTable,
  type ZoneTable
} from '../../src/base/time-zone.js'
import { parseDay } from '../../src/base/civil-date.js'
import { seeded } from '../support/random.js'

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Africa/Monrovia',
  'Africa/Casablanca',
  'America/Recife',
  'Australia/Lord_Howe'
]
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** The years in which `Intl` is asked: the table ends a little later. */
const END = Date.UTC(new Date().getUTCFullYear() + 20, 0, 1) / MINUTE_MS

/** The local date of a minute's first instant, as a day number, by `Intl`. */
function intlDays(timeZone: string): (minute: number) => number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit'
  })
  return (minute) => Date.parse(`${format.format(minute * MINUTE_MS)}T00:00:00Z`) / DAY_MS
}

for (const zone of ZONES) {
  const table = timeZoneTable(zone)
  const expected = intlDays(zone)

  t.test(`${zone}: a minute is in the day that Intl says`, (t) => {
    const random = seeded(t)
    const wrong: number[] = []
    const check = (minute: number) => {
      if (dayOfMinute(table, minute) !== expected(minute)) wrong.push(minute)
    }
    for (let round = 0; round < 5_000; round++) check(random.int(END))
    for (const transition of table.fromMinutes) {
      if (transition < END) for (let by = -3; by <= 3; by++) check(Math.max(0, transition + by))
    }
    t.strictSame(wrong, [])
    t.end()
  })

  t.test(`${zone}: a day begins with the first minute that has its date`, (t) => {
    const random = seeded(t)
    const wrong: number[] = []
    const check = (day: number) => {
      const first = minuteOfDay(table, day)
      if (expected(first) !== day) wrong.push(day)
      // Clocks that are turned back across midnight come back to the day before; none goes two hours back.
      for (let back = 1; back <= 120 && first - back >= 0; back++)
        if (expected(first - back) >= day) wrong.push(day)
    }
    const skipped = zone === 'Pacific/Apia' ? [parseDay('2011-12-30')] : []
    const near = [...table.fromMinutes].filter((minute) => minute > 0 && minute < END)
    const days = near.flatMap((minute) => [expected(minute - 1), expected(minute), expected(minute) + 1])
    for (let round = 0; round < 200; round++) days.push(1 + random.int(END / 1440 - 2))
    for (const day of days.filter((day) => !skipped.includes(day))) check(day)
    t.strictSame(wrong, [])
    t.end()
  })
}

t.test('UTC has one entry', (t) => {
  for (const name of ['UTC', 'Etc/UTC']) {
    const table = timeZoneTable(name)
    t.strictSame([[...table.fromMinutes], [...table.offsetMinutes]], [[0], [0]])
  }
  t.end()
})

t.test('a day without a midnight begins when its clocks do', (t) => {
  const day = parseDay('2018-11-04')!
  t.equal(minuteOfDay(timeZoneTable('America/Sao_Paulo'), day), day * 1440 + 3 * 60)
  t.end()
})

t.test('a day that was skipped begins where the next one does', (t) => {
  const table = timeZoneTable('Pacific/Apia')
  const skipped = parseDay('2011-12-30')!
  t.equal(minuteOfDay(table, skipped), minuteOfDay(table, skipped + 1))
  t.equal(dayOfMinute(table, minuteOfDay(table, skipped) - 1), skipped - 1)
  t.end()
})

t.test('days before 1970 and beyond the table have a begin', (t) => {
  const table: ZoneTable = timeZoneTable('America/New_York')
  t.equal(dayOfMinute(table, 0), -1)
  t.equal(minuteOfDay(table, -1), -1440 + 300)
  const far = parseDay('2400-06-01')!
  t.equal(dayOfMinute(table, minuteOfDay(table, far)), far)
  t.end()
})

t.test('transitions are sorted, change something, and reach 20 years ahead', (t) => {
  for (const zone of ZONES) {
    const { fromMinutes, offsetMinutes } = timeZoneTable(zone)
    t.equal(fromMinutes.length, offsetMinutes.length)
    for (let entry = 1; entry < fromMinutes.length; entry++) {
      if (fromMinutes[entry]! <= fromMinutes[entry - 1]!) t.fail(`${zone}: entry ${entry} is out of order`)
      if (offsetMinutes[entry] === offsetMinutes[entry - 1]) t.fail(`${zone}: entry ${entry} changes nothing`)
    }
  }
  t.ok(timeZoneTable('Europe/Berlin').fromMinutes.at(-1)! > END)
  t.end()
})

t.test('names of zones are told from other texts', (t) => {
  for (const name of [...ZONES, 'europe/berlin', 'Asia/Calcutta']) t.ok(isTimeZone(name), name)
  for (const name of ['', '+01:00', '-05', 'Z+1', 'Mars/Olympus', 'Europe/', ' UTC'])
    t.notOk(isTimeZone(name), name)
  t.equal(canonicalTimeZone('europe/berlin'), 'Europe/Berlin')
  t.equal(canonicalTimeZone('Asia/Kolkata'), canonicalTimeZone('Asia/Calcutta'))
  t.throws(() => timeZoneTable('Mars/Olympus'))
  t.end()
})
