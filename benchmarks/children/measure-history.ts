import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import type { History } from '../../src/history/history.js'
import type { DayRows } from '../../src/store/changes.js'
import { packIds } from '../../src/store/item-ids.js'
import type { Commit } from '../../src/store/commit.js'
import { METRICS } from '../../src/metrics/metrics.js'
import { createRandom } from '../../src/generator/random.js'
import type { YearAnswer } from '../history.js'

/**
 * Keeps a year and asks for it: `measure-history.js FOLDER DAYS ITEMS ASKED`.
 *
 * Each day has all items and is committed at once, as a day that leaves the live
 * window is; then a daily series of one item and the top 10 of a month are asked
 * for, after a first time that is not measured. The sums are checked.
 */

const MINUTES_A_DAY = 1440
const FIRST_DAY = Date.UTC(2025, 0, 1) / 86_400_000

const [folder = '', days = '0', items = '0', asked = '0'] = process.argv.slice(2)
const random = createRandom(1)
const history = await openDuckDbHistory({
  path: join(folder, 'history.duckdb'),
  timeZone: 'UTC',
  currency: 'USD',
  keepDays: 400,
  keepWeeks: 260,
  maxItemsPerBucket: null,
  memoryLimitMb: 256
})
const ids = Array.from({ length: Number(items) }, (_, item) => `sku_${item}`)
let views = 0n
const commitMs: number[] = []
for (let day = 0; day < Number(days); day++) {
  const rows = dayOf(FIRST_DAY + day)
  for (const amount of rows.amounts[0] ?? []) views += amount
  const begun = performance.now()
  await history.commit(commitOf(rows, FIRST_DAY + day, day === 0 ? ids : []))
  commitMs.push(performance.now() - begun)
}
const answer: YearAnswer = {
  rows: Number(days) * Number(items),
  commitMs,
  seriesMs: await times(() => askSeries(history)),
  topMs: await times(() => askTop(history)),
  storedViews: String(await sumOfMonths(history)),
  writtenViews: String(views),
  sizeBytes: 0
}
await history.close()
const sizeBytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
process.stdout.write(JSON.stringify({ ...answer, sizeBytes }))

/** Every item with some views, a tenth of them bought. */
function dayOf(day: number): DayRows {
  const count = Number(items)
  const amounts = METRICS.map(() => new BigUint64Array(count))
  for (let item = 0; item < count; item++) {
    const bought = random.below(10) === 0 ? 1 + random.below(5) : 0
    const values = [1 + random.below(200), random.below(20), bought, bought * 2, bought * random.below(9999)]
    values.forEach((value, metric) => {
      const column = amounts[metric]
      if (column !== undefined) column[item] = BigInt(value)
    })
  }
  return {
    days: new Int32Array(count).fill(day),
    items: Uint32Array.from({ length: count }, (_, item) => item + 1),
    amounts
  }
}

function commitOf(days: DayRows, day: number, ids: readonly string[]): Commit {
  const oldestLiveMinute = (day + 1) * MINUTES_A_DAY
  return {
    sources: [],
    offset: 0,
    nowMs: (oldestLiveMinute + MINUTES_A_DAY - 1) * 60_000,
    counters: new Float64Array(20),
    pending: new Uint8Array(0),
    dayBefore: null,
    changedMinutes: new Int32Array(0),
    cells: {
      minutes: new Int32Array(0),
      metrics: new Uint8Array(0),
      items: new Uint32Array(0),
      amounts: new BigUint64Array(0)
    },
    oldestLiveMinute,
    days,
    newItems: { first: ids.length === 0 ? Number(items) + 1 : 1, ids: packIds(ids) },
    customers: { hashes: new BigUint64Array(0), minutes: new Int32Array(0) },
    sketches: { days: new Int32Array(0), registers: new Uint8Array(0) }
  }
}

async function askSeries(history: History): Promise<void> {
  const itemId = `sku_${random.below(Number(items))}`
  const question = { metric: 'views', granularity: 'day', fromDay: null, toDay: null, itemId } as const
  const series = await history.series(question)
  if (series.length !== Number(days)) throw new Error(`a series of ${series.length} days, not ${days}`)
}

async function askTop(history: History): Promise<void> {
  const bucket = Date.UTC(2025, random.below(Math.ceil(Number(days) / 31))) / 86_400_000
  const question = { metric: 'revenue', granularity: 'month', bucket, limit: 10 } as const
  const { rows } = await history.topItems(question)
  if (rows.length !== 10) throw new Error(`${rows.length} items, not 10`)
}

async function sumOfMonths(history: History): Promise<bigint> {
  const question = {
    metric: 'views',
    granularity: 'month',
    fromDay: null,
    toDay: null,
    itemId: null
  } as const
  const series = await history.series(question)
  return series.reduce((sum, { value }) => sum + value, 0n)
}

async function times(ask: () => Promise<void>): Promise<number[]> {
  await ask()
  const found: number[] = []
  for (let time = 0; time < Number(asked); time++) {
    const begun = performance.now()
    await ask()
    found.push(performance.now() - begun)
  }
  return found
}
