import { FootfallError } from '../base/errors.js'

/** How a source may be compressed. */
export type Compression = 'gzip' | 'zstd'

/** Bytes that a source must have begun with before it is certain what it is. */
export const MAGIC_BYTES = 4

/** Deflate is the only method that gzip has. */
const GZIP = [0x1f, 0x8b, 0x08]
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd]
/** A frame to be skipped, with which some tools begin (pzstd): its first byte is one of sixteen. */
const SKIPPABLE = [0x50, 0x2a, 0x4d, 0x18]

/**
 * What the first bytes of a source say of it: a compression, null for none, or
 * `undecided` where there are too few bytes yet. No line that counts begins so.
 */
export function compressionOf(first: Buffer): Compression | 'undecided' | null {
  const begin = first.subarray(0, MAGIC_BYTES)
  if (begins(begin, GZIP)) return begin.length < GZIP.length ? 'undecided' : 'gzip'
  const isZstd =
    begins(begin, ZSTD) ||
    begins(Buffer.from(begin.map((byte, at) => (at === 0 ? byte & 0xf0 : byte))), SKIPPABLE)
  if (isZstd) return begin.length < MAGIC_BYTES ? 'undecided' : 'zstd'
  return null
}

/** Whether it is certain from its first bytes that a source is compressed, and how. */
export function certainCompressionOf(first: Buffer): Compression | null {
  const compression = compressionOf(first)
  return compression === 'undecided' ? null : compression
}

/** Whether the bytes are as the magic ones, as far as both go. */
function begins(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, at) => at >= bytes.length || bytes[at] === byte)
}

/** Compressed bytes, as they are asked for. */
export type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>

/** Decompresses chunks as they are asked for; throws a FootfallError that names the source and the compressed byte. */
export type Decompress = (name: string, chunks: Chunks) => AsyncGenerator<Buffer, void, undefined>

/** What decompresses; loaded when it is needed. */
export async function decompressorOf(compression: Compression): Promise<Decompress> {
  return compression === 'gzip' ? (await import('./gunzip.js')).gunzip : (await import('./unzstd.js')).unzstd
}

export function truncatedError(name: string, compression: Compression, at: number): FootfallError {
  const message = `cannot read ${name}: it is cut off: its ${compression} data end at compressed byte ${at}, in the middle`
  return new FootfallError('source', message)
}

/** `after`: compressed bytes before this one were sound, or at least could be read. */
export function corruptError(
  name: string,
  compression: Compression,
  after: number,
  reason: string
): FootfallError {
  const message = `cannot read ${name}: its ${compression} data are damaged after compressed byte ${after}: ${reason}`
  return new FootfallError('source', message)
}

export function trailingError(name: string, compression: Compression, at: number): FootfallError {
  const message = `cannot read ${name}: what follows its ${compression} data at compressed byte ${at} is not ${compression}`
  return new FootfallError('source', message)
}
