import { gzipSync } from 'node:zlib'

/** Compressed in one member, or in as many as there are parts, as `pigz` and `cat a.gz b.gz` make them. */
export function gzip(bytes: Buffer, parts = 1): Buffer {
  return Buffer.concat(partsOf(bytes, parts).map((part) => gzipSync(part)))
}

/** In the format of Zstandard (RFC 8878), though nothing becomes smaller: frames of raw blocks, a frame to be skipped before each. */
export function zstd(bytes: Buffer, parts = 1): Buffer {
  return Buffer.concat(
    partsOf(bytes, parts).flatMap((part, number) => {
      const blocks = partsOf(part, Math.max(1, Math.ceil(part.length / BLOCK_BYTES)))
      const framed = blocks.flatMap((block, at) => [
        blockHeader(0, block.length, at === blocks.length - 1),
        block
      ])
      return number === 0 ? [FRAME, ...framed] : [SKIPPED, FRAME, ...framed]
    })
  )
}

/** A frame of `blocks` blocks, each of which stands for 128 KiB of one byte. */
export function zstdBomb(blocks: number, byte: string): Buffer {
  const block = (number: number) => [blockHeader(1, BLOCK_BYTES, number === blocks - 1), Buffer.from(byte)]
  return Buffer.concat([FRAME, ...Array.from({ length: blocks }, (_, number) => block(number)).flat()])
}

const BLOCK_BYTES = 128 * 1024
/** Magic number, no checksum, window of 1 MiB. */
const FRAME = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])
const SKIPPED = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

function blockHeader(type: number, size: number, isLast: boolean): Buffer {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3)
  return header
}

function partsOf(bytes: Buffer, parts: number): Buffer[] {
  return Array.from({ length: parts }, (_, part) =>
    bytes.subarray(Math.floor((part * bytes.length) / parts), Math.floor(((part + 1) * bytes.length) / parts))
  )
}
