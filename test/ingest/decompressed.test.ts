import { Readable } from 'node:stream'
import t from 'tap'
import { compressionOf } from '../../src/ingest/compression.js'
import { Decompressed } from '../../src/ingest/decompressed.js'
import { gzip, zstd, zstdBomb } from '../support/compressed.js'
import { seeded } from '../support/random.js'

const TEXT = Buffer.from(
  Array.from({ length: 12_000 }, (_, number) => `line ${number} of the source\n`).join('')
)

/** Gives bytes in chunks of a size. */
async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

async function contentOf(
  compressed: Buffer,
  size = 65536
): Promise<{ content: Buffer; error: string | null }> {
  const compression = compressionOf(compressed)
  if (compression === null || compression === 'undecided') throw new Error('not compressed')
  const decompressed = new Decompressed('a', compression, chunksOf(compressed, size))
  const target = Buffer.alloc(100_000)
  const parts: Buffer[] = []
  try {
    for (;;) {
      const got = await decompressed.read(target, 0, target.length)
      if (got === 0) return { content: Buffer.concat(parts), error: null }
      parts.push(Buffer.from(target.subarray(0, got)))
    }
  } catch (error) {
    return { content: Buffer.concat(parts), error: (error as Error).message }
  }
}

t.test('what compressed bytes are is told from the first of them', (t) => {
  t.equal(compressionOf(gzip(TEXT)), 'gzip')
  t.equal(compressionOf(zstd(TEXT)), 'zstd')
  t.equal(compressionOf(Buffer.from([0x5e, 0x2a, 0x4d, 0x18])), 'zstd', 'a frame to be skipped comes first')
  for (const begin of [[], [0x1f], [0x1f, 0x8b], [0x28, 0xb5, 0x2f], [0x50], [0x5f, 0x2a]])
    t.equal(compressionOf(Buffer.from(begin)), 'undecided', begin.join(' '))
  for (const begin of ['{', '{"a', '\n', 'PK', '(a', '\x1f\n', '\ufeff{'])
    t.equal(compressionOf(Buffer.from(begin)), null, begin)
  t.end()
})

t.test('members and frames one after the other come out whole, for any chunks', async (t) => {
  const random = seeded(t)
  for (const compress of [gzip, zstd])
    for (const parts of [1, 2, 7, 50]) {
      const compressed = compress(TEXT, parts)
      for (const size of [1 << 20, 65536, 1 + random.int(5000), 97])
        t.ok((await contentOf(compressed, size)).content.equals(TEXT), `${compress.name} ${parts} ${size}`)
    }
  const members = Buffer.concat([gzip(TEXT), gzip(Buffer.alloc(0)), gzip(TEXT)])
  t.equal((await contentOf(members)).content.length, 2 * TEXT.length, 'an empty member in between')
})

t.test('cut off anywhere, what came before is read, then it is said where', async (t) => {
  const random = seeded(t)
  for (const compress of [gzip, zstd]) {
    const compressed = compress(TEXT)
    const cuts = [5, 9, 12, compressed.length - 9, compressed.length - 1]
    for (const cut of [...cuts, ...Array.from({ length: 5 }, () => 4 + random.int(compressed.length - 4))]) {
      const { content, error } = await contentOf(compressed.subarray(0, cut), 1000)
      t.equal(
        error,
        `cannot read a: it is cut off: its ${compress.name} data end at compressed byte ${cut}, in the middle`
      )
      t.ok(TEXT.subarray(0, content.length).equals(content))
      if (cut > 30_000) t.ok(content.length > 0)
    }
  }
})

t.test(
  'what is no member or frame behind the last one is an error, zeros behind gzip are none',
  async (t) => {
    for (const size of [1 << 20, 1000, 99]) {
      const padded = Buffer.concat([gzip(TEXT), Buffer.alloc(1000)])
      t.ok((await contentOf(padded, size)).content.equals(TEXT))
      const { error } = await contentOf(Buffer.concat([padded, Buffer.from('x')]), size)
      t.equal(
        error,
        `cannot read a: what follows its gzip data at compressed byte ${padded.length} is not gzip`
      )
    }
    const gzipped = await contentOf(Buffer.concat([gzip(TEXT), Buffer.from('garbage')]), 100)
    t.ok(TEXT.subarray(0, gzipped.content.length).equals(gzipped.content))
    t.match(
      gzipped.error,
      /^cannot read a: its gzip data are damaged after compressed byte \d+: incorrect header check$/
    )
    const framed = zstd(TEXT)
    const { content, error } = await contentOf(Buffer.concat([framed, Buffer.from('garbage')]))
    t.ok(content.equals(TEXT))
    t.equal(
      error,
      `cannot read a: what follows its zstd data at compressed byte ${framed.length} is not zstd`
    )
  }
)

t.test('damage is an error that says after which byte', async (t) => {
  const gzipped = gzip(TEXT)
  gzipped[gzipped.length - 6]! ^= 1
  t.match(
    (await contentOf(gzipped)).error,
    /^cannot read a: its gzip data are damaged after compressed byte \d+: incorrect data check$/
  )
  const framed = zstd(TEXT)
  // The second block gets a type that there is not.
  const firstBytes = Math.floor(TEXT.length / 3)
  framed[6 + 3 + firstBytes]! |= 6
  const { content, error } = await contentOf(framed)
  t.match(error, /^cannot read a: its zstd data are damaged after compressed byte \d+: corrupted block$/)
  t.ok(content.length > 0 && content.length <= firstBytes)
  t.ok(TEXT.subarray(0, content.length).equals(content))
})

t.test('a bomb is read as it is asked for, and takes no memory', async (t) => {
  const blocks = 4000
  const decompressed = new Decompressed('a', 'zstd', Readable.from([zstdBomb(blocks, 'x')]))
  const target = Buffer.alloc(1 << 20)
  const before = process.memoryUsage().arrayBuffers
  let total = 0
  let most = 0
  for (;;) {
    const got = await decompressed.read(target, 0, target.length)
    if (got === 0) break
    total += got
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
  }
  t.equal(total, blocks * 128 * 1024)
  t.ok(most < 128 << 20, `${most} bytes at the most`)
})
