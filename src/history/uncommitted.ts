import { nextBucket, type Granularity } from '../base/civil-date.js'
import type { Database } from './database.js'
import type { Uncommitted } from './history.js'

/** Whether the live window has left a bucket. */
export function isSealed(granularity: Granularity, bucket: number, oldestLiveDay: number | null): boolean {
  return oldestLiveDay !== null && nextBucket(granularity, bucket) <= oldestLiveDay
}

/** The number of an item, stored or new; null when there is none of that id. */
export async function itemNumber(
  database: Database,
  { newItems }: Uncommitted,
  itemId: string
): Promise<number | null> {
  const place = newItems.ids.indexOf(itemId)
  if (place >= 0) return newItems.first + place
  const [row] = await database.rows('SELECT number FROM items WHERE item_id = ?', [itemId])
  return row === undefined ? null : Number(row[0])
}
