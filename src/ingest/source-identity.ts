import { createHash } from 'node:crypto'
import { fstatSync, readSync, type BigIntStats } from 'node:fs'
import { resolve } from 'node:path'
import { FootfallError } from '../base/errors.js'
import type { SourcePosition } from '../store/commit.js'

/** Bytes of the head, and of what lies before the offset, that tell sources apart. */
export const COMPARED_BYTES = 4096

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * Says where a file stands, so that another run finds the same file again: by
 * its name or inode and by what was read of it, since inodes are used again,
 * heads of different files are alike, and a name is given to one file after the
 * other. `generation` is the source's number among those of a history.
 */
export function positionOf(
  name: string,
  descriptor: number,
  offset: number,
  generation: number
): SourcePosition {
  const length = Math.min(COMPARED_BYTES, offset)
  const head = bytesAt(descriptor, 0, length)
  return positionWith(
    name,
    descriptor,
    { offset, generation },
    head,
    bytesAt(descriptor, offset - length, length)
  )
}

/** The same of a file whose bytes are known already: its first ones, and those before the offset. */
export function positionWith(
  name: string,
  descriptor: number,
  { offset, generation }: Place,
  head: Buffer,
  tail: Buffer
): SourcePosition {
  const { dev, ino } = fstatSync(descriptor, { bigint: true })
  return {
    name: resolve(name),
    device: String(dev),
    inode: String(ino),
    head,
    tailBytes: tail.length,
    tailHash: hashOf(tail),
    offset,
    generation
  }
}

/**
 * Whether a file is the one that a position was taken of: it has its name or its
 * inode, all of what was read is there, and the compared parts are the same.
 */
export function isAt(name: string, descriptor: number, position: SourcePosition): boolean {
  const { head, tailBytes, tailHash, offset } = position
  const found = fstatSync(descriptor, { bigint: true })
  return (
    isCalled(name, found, position) &&
    found.size >= offset &&
    bytesAt(descriptor, 0, head.length).equals(head) &&
    hashOf(bytesAt(descriptor, offset - tailBytes, tailBytes)) === tailHash
  )
}

/** Where a file goes on: the source that it is, and how far that was counted. */
export interface Place {
  readonly offset: number
  readonly generation: number
}

/** Of the positions that a file can be at, the furthest; the beginning of a new source for a file that is not known. */
export function placeOf(name: string, descriptor: number, positions: readonly SourcePosition[]): Place {
  const [known] = positions
    .filter((position) => position.offset > 0 && isAt(name, descriptor, position))
    .sort((a, b) => b.offset - a.offset)
  if (known !== undefined) {
    return { offset: behindLineFeed(descriptor, known.offset), generation: known.generation }
  }
  refuseShorter(name, descriptor, positions)
  return { offset: 0, generation: generationAfter(positions) }
}

/** The number of a source that is none of these. */
export function generationAfter(known: readonly { readonly generation: number }[]): number {
  return 1 + Math.max(0, ...known.map(({ generation }) => generation))
}

/** Whether a file has the inode of a position. */
export function hasInode({ dev, ino }: BigIntStats, { device, inode }: SourcePosition): boolean {
  return String(dev) === device && String(ino) === inode
}

/** Whether a file has the name or the inode of a position. */
export function isCalled(name: string, found: BigIntStats, position: SourcePosition): boolean {
  return hasInode(found, position) || resolve(name) === position.name
}

/**
 * A file that begins as one that was counted further than it now reaches is an
 * older copy, or was cut off: counted anew, all of it would count twice.
 */
function refuseShorter(name: string, descriptor: number, positions: readonly SourcePosition[]): void {
  const found = fstatSync(descriptor, { bigint: true })
  const called = positions.filter((position) => isCalled(name, found, position))
  const head = bytesAt(descriptor, 0, COMPARED_BYTES)
  refuseShorterThan(name, Number(found.size), head, called)
}

/** The same of a file of which is known what it is called, how many bytes it has, and its first ones. */
export function refuseShorterThan(
  name: string,
  sizeBytes: number,
  head: Buffer,
  called: readonly SourcePosition[]
): void {
  const longer = called.find((position) => {
    // Its whole lines: less than one would say nothing, and counts nothing.
    const counted = Buffer.from(position.head.subarray(0, sizeBytes))
    const lines = counted.subarray(0, counted.lastIndexOf(LINE_FEED) + 1)
    return sizeBytes < position.offset && lines.length > 0 && head.subarray(0, lines.length).equals(lines)
  })
  if (longer === undefined) return
  throw new FootfallError(
    'source',
    `${name} has ${sizeBytes} bytes, but ${longer.offset} have been counted of a file that begins alike; give the whole file, or another --data-dir`
  )
}

/** Where a last line was counted without its line feed, which has come since, that is counted with it. */
export function behindLineFeed(descriptor: number, offset: number): number {
  if (offset === 0) return 0
  const [last, ...next] = bytesAt(descriptor, offset - 1, 3)
  if (last === LINE_FEED) return offset
  if (next[0] === LINE_FEED) return offset + 1
  return next[0] === CARRIAGE_RETURN && next[1] === LINE_FEED ? offset + 2 : offset
}

/** SHA-256 in hex. */
export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Up to `length` bytes from `at` on: as many as there are. A read may bring fewer, and a file would not be known again. */
export function bytesAt(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const count = readSync(descriptor, bytes, got, length - got, at + got)
    if (count === 0) break
    got += count
  }
  return bytes.subarray(0, got)
}
