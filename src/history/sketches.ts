import { DuckDBBlobValue } from '@duckdb/node-api'
import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import { bucketsOf } from './buckets.js'
import { blobs, int32, text, type Database } from './database.js'
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
    if (registers instanceof DuckDBBlobValue) found.set(Number(bucket), Uint8Array.from(registers.bytes))
  }
  return found
}

/** Adds sketches of days to those stored of their days, weeks and months, one row a bucket. */
export async function addSketches(
  database: Database,
  sketches: DaySketches,
  { floors, isShipping }: StoredState
): Promise<void> {
  if (sketches.days.length === 0) return
  for (const tier of GRANULARITIES) {
    const added = mergeDays(tier, sketches)
    for (const bucket of added.keys()) if (bucket < (floors[tier] ?? -Infinity)) added.delete(bucket)
    if (added.size === 0) continue
    if (isShipping) await noteCustomers(database, tier, added.keys())
    const buckets = [...added.keys()].sort((a, b) => a - b)
    const stored = await storedSketches(database, tier, buckets[0] ?? 0, (buckets.at(-1) ?? 0) + 1)
    for (const [bucket, registers] of added) {
      const before = stored.get(bucket)
      if (before !== undefined) mergeRegisters(registers, before)
    }
    await database.run(`DELETE FROM sketches WHERE tier = ? AND bucket IN (${buckets.join()})`, [tier])
    await database.append('sketches', [
      text(buckets.map(() => tier)),
      int32(Int32Array.from(buckets)),
      blobs(buckets.map((bucket) => added.get(bucket) ?? new Uint8Array(REGISTERS)))
    ])
  }
}
