import { createHash } from 'node:crypto'
import { fstatSync, readSync } from 'node:fs'
import type { SourcePosition } from './messages.js'

/** Bytes of the head, and of what lies before the offset, that tell sources apart. */
const COMPARED_BYTES = 4096

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Says where a file stands, so that another run finds the same file again: by
 * what was read of it, since inodes are used again, heads of different files are
 * alike, and copies have other inodes.
 */
export function positionOf(name: string, descriptor: number, offset: number): SourcePosition {
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  const length = Math.min(COMPARED_BYTES, offset)
  return {
    name,
    device: String(dev),
    inode: String(ino),
    headBytes: length,
    headHash: hashOf(descriptor, 0, length),
    tailBytes: length,
    tailHash: hashOf(descriptor, offset - length, length),
    offset,
    generation: 0
  }
}

/** Whether a file is the one that a position was taken of: all of that is there, and the compared parts are the same. */
export function isAt(descriptor: number, position: SourcePosition): boolean {
  const { headBytes, headHash, tailBytes, tailHash, offset } = position
  return (
    fstatSync(descriptor).size >= offset &&
    hashOf(descriptor, 0, headBytes) === headHash &&
    hashOf(descriptor, offset - tailBytes, tailBytes) === tailHash
  )
}

/**
 * Of the positions that a file can be at, the furthest; 0 for a file that is not
 * known. Where a last line was counted without its line feed, which has come
 * since, that is counted with it.
 */
export function knownOffset(descriptor: number, positions: readonly SourcePosition[]): number {
  const offsets = positions.filter((position) => isAt(descriptor, position)).map(({ offset }) => offset)
  const offset = Math.max(0, ...offsets)
  if (offset === 0) return 0
  const around = Buffer.alloc(3)
  const count = readSync(descriptor, around, 0, 3, offset - 1)
  const [last, ...next] = around.subarray(0, count)
  if (last === LINE_FEED) return offset
  if (next[0] === LINE_FEED) return offset + 1
  return next[0] === CARRIAGE_RETURN && next[1] === LINE_FEED ? offset + 2 : offset
}

function hashOf(descriptor: number, at: number, length: number): string {
  const bytes = Buffer.alloc(length)
  const count = length === 0 ? 0 : readSync(descriptor, bytes, 0, length, at)
  return createHash('sha256').update(bytes.subarray(0, count)).digest('hex')
}
