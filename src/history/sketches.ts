import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import { bucketsOf } from './buckets.js'
import { blobs, bytesOf, int32, text, type Database } from './database.js'
import { mergeRegisters, REGISTERS } from './distinct-count.js'
import type { DaySketches } from '../store/changes.js'
import { noteCustomers } from './outbox.js'
import type { StoredState } from './state.js'

/** Registers by the first day of their bucket. */
export type Sketches = Map<number, Uint8Array>

/** Merges sketches of days into those of their buckets. */
function mergeDays(granularity: Granularity, { days, registers }: DaySketches): Sketches {
  const into: Sketches = new Map<number, Uint8Array>()
  bucketsOf(granularity, days).forEach((bucket, index) => {
    const added = registers.subarray(index * REGISTERS, (index + 1) * REGISTERS)
    const merged = into.get(bucket)
    if (merged === undefined) into.set(bucket, added.slice())
    else mergeRegisters(merged, added)
  })
  return into
}

/** Stored sketches of the buckets of a tier from `from` to before `to`. */
export async function storedSketches(
  database: Database,
  tier: Granularity,
  from: number,
  to: number
): Promise<Sketches> {
  const found: Sketches = new Map<number, Uint8Array>()
  const rows = await database.rows(
    'SELECT bucket, registers FROM sketches WHERE tier = ? AND bucket >= ? AND bucket < ?',
    [tier, from, to]
  )
  for (const [bucket, registers] of rows) {
    found.set(Number(bucket), bytesOf(registers))
  }
  return found
}

/** Adds sketches of days to those stored of their days, weeks and months, one row a bucket. */
export async function addSketches(
  database: Database,
  sketches: DaySketches,
  { floors, isShipping }: StoredState
): Promise<void> {
  const added = GRANULARITIES.flatMap((tier) =>
    [...mergeDays(tier, sketches)]
      .filter(([bucket]) => bucket >= (floors[tier] ?? -Infinity))
      .map(([bucket, registers]) => ({ tier, bucket, registers }))
  )
  if (added.length === 0) return
  if (isShipping) await noteCustomers(database, added)
  // A term a bucket would be planned for minutes, where there are thousands of them.
  const isAdded = GRANULARITIES.map((tier) => {
    const buckets = added.flatMap((row) => (row.tier === tier ? [row.bucket] : []))
    return `(tier = '${tier}' AND bucket IN (${buckets.join() || 'NULL'}))`
  }).join(' OR ')
  const places = new Map(added.map(({ tier, bucket, registers }) => [`${tier} ${bucket}`, registers]))
  const stored = await database.rows(`SELECT tier, bucket, registers FROM sketches WHERE ${isAdded}`)
  for (const [tier, bucket, registers] of stored) {
    const into = places.get(`${String(tier)} ${Number(bucket)}`)
    if (into !== undefined) mergeRegisters(into, bytesOf(registers))
  }
  await database.run(`DELETE FROM sketches WHERE ${isAdded}`)
  await database.append('sketches', [
    text(added.map(({ tier }) => tier)),
    int32(Int32Array.from(added, ({ bucket }) => bucket)),
    blobs(added.map(({ registers }) => registers))
  ])
}
