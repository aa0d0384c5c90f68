import { DuckDBBlobValue } from '@duckdb/node-api'
import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import { bucketsOf } from './buckets.js'
import { int32, text, uint32, uint64, uint8, type Database } from './database.js'
import type { DayRows } from '../store/changes.js'
import { idAt } from '../store/item-ids.js'
import type { Commit, SourcePosition } from '../store/commit.js'
import { NO_ITEM, OTHER_ITEM, UNKNOWN_ITEMS } from './history.js'
import { dropMinutes, keepMinutes, noteCells, noteCustomers, noteDayBefore, noteMinutes } from './outbox.js'
import { floorsAt, type Retention } from './retention.js'
import { METRIC_COLUMNS, SUMS, SUMS_FIT } from './schema.js'
import { addSketches } from './sketches.js'
import type { StoredState } from './state.js'

/** The steps of a commit in their order; each is called out when it is done. */
export const COMMIT_STEPS = [
  'begun',
  'live',
  'customers',
  'items',
  'days',
  'retention',
  'sketches',
  'sources',
  'day before',
  'written',
  'committed'
] as const

export type CommitStep = (typeof COMMIT_STEPS)[number]

/** Tests break a commit here. */
export type OnStep = (step: CommitStep) => void

/**
 * Writes a commit in one transaction and returns the state after it. When it
 * rejects nothing is written, unless the log could not be synced: whether the
 * commit is there then shows when the database is opened again.
 */
export async function writeCommit(
  database: Database,
  commit: Commit,
  before: StoredState,
  retention: Retention,
  onStep: OnStep
): Promise<StoredState> {
  if (commit.newItems.first !== before.items + 1) {
    throw new RangeError(`items from ${commit.newItems.first} on, but ${before.items} are stored`)
  }
  const after: StoredState = {
    commit: before.commit + 1,
    items: before.items + commit.newItems.ids.ends.length,
    floors: floorsAt(commit.nowMs, retention, before.floors),
    isShipping: before.isShipping
  }
  await database.transaction(async () => {
    onStep('begun')
    await writeLive(database, commit, after)
    onStep('live')
    await writeCustomers(database, commit, after)
    onStep('customers')
    await writeItems(database, commit)
    onStep('items')
    await writeDays(database, commit.days, after)
    onStep('days')
    await dropExpired(database, before.floors, after.floors)
    onStep('retention')
    await addSketches(database, commit.sketches, after)
    onStep('sketches')
    for (const source of commit.sources) await writeSource(database, source, after.commit)
    onStep('sources')
    if (commit.dayBefore !== null) await writeDayBefore(database, commit.dayBefore, after)
    onStep('day before')
    await writeCommitRow(database, commit, after)
    onStep('written')
  })
  onStep('committed')
  return after
}

async function writeLive(
  database: Database,
  { changedMinutes, oldestLiveMinute, cells }: Commit,
  { isShipping }: StoredState
): Promise<void> {
  if (isShipping) {
    await keepMinutes(database, changedMinutes)
    await dropMinutes(database, oldestLiveMinute)
  }
  const changed = changedMinutes.length === 0 ? '' : ` OR minute IN (${changedMinutes.join()})`
  await database.run(`DELETE FROM live WHERE minute < ${oldestLiveMinute}${changed}`)
  await database.append('live', [
    int32(cells.minutes),
    uint8(cells.metrics),
    uint32(cells.items),
    uint64(cells.amounts)
  ])
  if (isShipping) await noteMinutes(database, changedMinutes)
}

async function writeCustomers(
  database: Database,
  { customers, oldestLiveMinute }: Commit,
  { isShipping }: StoredState
): Promise<void> {
  if (isShipping) {
    const seen = [...new Set(customers.minutes)]
    await noteCustomers(
      database,
      seen.map((bucket) => ({ tier: 'minutes', bucket }))
    )
  }
  await database.run(`DELETE FROM customers WHERE minute < ${oldestLiveMinute}`)
  await database.append('customers', [uint64(customers.hashes), int32(customers.minutes)])
}

async function writeItems(database: Database, { newItems: { first, ids } }: Commit): Promise<void> {
  const { length } = ids.ends
  const numbers = Uint32Array.from({ length }, (_, place) => first + place)
  await database.append('items', [uint32(numbers), text({ length, at: (place) => idAt(ids, place) })])
}

/** Adds the rows to their day, week and month; what retention has dropped of a tier does not come back. */
async function writeDays(
  database: Database,
  { days, items, amounts }: DayRows,
  { floors, isShipping }: StoredState
): Promise<void> {
  if (days.length === 0) return
  const columns = METRIC_COLUMNS.map((column) => `${column} UBIGINT`).join(', ')
  const buckets = GRANULARITIES.map((tier) => `"${tier}" INTEGER`).join(', ')
  await database.run(`CREATE OR REPLACE TEMP TABLE staged (${buckets}, item UINTEGER, ${columns})`)
  await database.append('staged', [
    ...GRANULARITIES.map((tier) => int32(bucketsOf(tier, days))),
    uint32(items),
    ...amounts.map(uint64)
  ])
  const [[fits] = []] = await database.rows(`SELECT ${SUMS_FIT} FROM staged`)
  for (const tier of GRANULARITIES) {
    const floor = floors[tier]
    const item = await itemIn(database, tier)
    // An item has one row a day already.
    const addsUp = fits === true && tier !== 'day'
    const kept = floor === null ? '' : `WHERE "${tier}" >= ${floor}`
    if (isShipping) {
      const cells = `SELECT "${tier}" AS bucket, ${item} AS item, ${METRIC_COLUMNS.join(', ')} FROM staged ${kept}`
      await noteCells(database, tier, cells)
    }
    await database.run(`
      INSERT INTO "${tier}" SELECT "${tier}", ${item} AS kept, ${addsUp ? SUMS : METRIC_COLUMNS.join(', ')}
      FROM staged ${kept}
      ${addsUp ? `GROUP BY "${tier}", kept` : ''} ORDER BY "${tier}", kept`)
  }
  await database.run('DROP TABLE staged')
}

/**
 * The item that a staged row goes to, as SQL: its own, or `(other)` in a bucket
 * whose tail is folded and that has not kept the item. Its late events alone
 * would look like all that there were.
 */
async function itemIn(database: Database, tier: Granularity): Promise<string> {
  const rows = await database.rows(`
    SELECT DISTINCT bucket FROM "${tier}"
    WHERE item = ${OTHER_ITEM} AND bucket IN (SELECT DISTINCT "${tier}" FROM staged)`)
  if (rows.length === 0) return 'item'
  const folded = rows.map(([bucket]) => Number(bucket)).join()
  return `
    CASE WHEN "${tier}" IN (${folded}) AND item NOT IN (${NO_ITEM}, ${UNKNOWN_ITEMS})
      AND ("${tier}", item) NOT IN (SELECT (bucket, item) FROM "${tier}" WHERE bucket IN (${folded}))
    THEN ${OTHER_ITEM} ELSE item END`
}

/** Deletes days and weeks that are no longer kept: once a day, when the floor moves. */
async function dropExpired(
  database: Database,
  before: StoredState['floors'],
  after: StoredState['floors']
): Promise<void> {
  for (const tier of GRANULARITIES) {
    const floor = after[tier]
    if (floor === null || floor === before[tier]) continue
    await database.run(`DELETE FROM "${tier}" WHERE bucket < ${floor}`)
    await database.run(`DELETE FROM sketches WHERE tier = '${tier}' AND bucket < ${floor}`)
  }
}

async function writeSource(database: Database, source: SourcePosition, number: number): Promise<void> {
  const { name, device, inode, head, tailBytes, tailHash, offset, generation } = source
  await database.run('DELETE FROM positions WHERE generation = ?', [generation])
  await database.run('INSERT INTO positions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    number,
    name,
    device,
    inode,
    new DuckDBBlobValue(head),
    tailBytes,
    tailHash,
    offset,
    generation
  ])
}

async function writeDayBefore(
  database: Database,
  minutes: Uint8Array,
  { isShipping }: StoredState
): Promise<void> {
  if (isShipping) await noteDayBefore(database)
  await database.run('DELETE FROM day_before')
  await database.run('INSERT INTO day_before VALUES (?)', [new DuckDBBlobValue(minutes)])
}

async function writeCommitRow(database: Database, commit: Commit, after: StoredState): Promise<void> {
  const { counters, pending, nowMs, oldestLiveMinute } = commit
  const counterBytes = new Uint8Array(counters.buffer, counters.byteOffset, counters.byteLength)
  await database.run('DELETE FROM commits')
  await database.run('INSERT INTO commits VALUES (?, epoch_ms(?::BIGINT), ?, ?, ?, ?, ?, ?)', [
    after.commit,
    Date.now(),
    nowMs,
    oldestLiveMinute,
    after.floors.day,
    after.floors.week,
    new DuckDBBlobValue(counterBytes.slice()),
    new DuckDBBlobValue(pending.slice())
  ])
}
