/**
 * Ids one behind the other, in memory that threads share: as strings each thread
 * that a commit passes through would have a copy of half a million of them.
 */
export interface ItemIds {
  readonly utf8: Uint8Array
  /** The byte behind each id. */
  readonly ends: Uint32Array
}

/** The id at a place, from 0 on. */
export function idAt({ utf8, ends }: ItemIds, place: number): string {
  const begin = place === 0 ? 0 : (ends[place - 1] ?? 0)
  // A TextDecoder refuses shared memory.
  return Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength).toString('utf8', begin, ends[place])
}

/** Its opposite, for commits that are made otherwise than by counting. */
export function packIds(ids: readonly string[]): ItemIds {
  const names = ids.map((id) => Buffer.from(id))
  const ends = new Uint32Array(ids.length)
  for (const [place, { length }] of names.entries()) ends[place] = (ends[place - 1] ?? 0) + length
  return { utf8: Uint8Array.from(Buffer.concat(names)), ends }
}

/** All of them. */
export function idsOf(ids: ItemIds): string[] {
  return Array.from(ids.ends, (_, place) => idAt(ids, place))
}
