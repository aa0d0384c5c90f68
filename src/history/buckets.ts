import { bucketOf, nextBucket, type Granularity } from '../base/civil-date.js'

/** The bucket of each day. Neighbours in a column are mostly of the same day, which is looked up once. */
export function bucketsOf(granularity: Granularity, days: Int32Array): Int32Array {
  if (granularity === 'day') return days
  const known = new Map<number, number>()
  let last = NaN
  let bucket = 0
  return days.map((day) => {
    if (day === last) return bucket
    last = day
    bucket = known.get(day) ?? bucketOf(granularity, day)
    known.set(day, bucket)
    return bucket
  })
}

/** Whether the live window, whose oldest minute is of `oldestLiveDay`, has left a bucket; null: there is none. */
export function isSealed(granularity: Granularity, bucket: number, oldestLiveDay: number | null): boolean {
  return oldestLiveDay !== null && nextBucket(granularity, bucket) <= oldestLiveDay
}
