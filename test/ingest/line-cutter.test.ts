import t from 'tap'
import { MAX_LINE_BYTES } from '../../src/event/limits.js'
import { LONGEST_CARRY } from '../../src/store/layout.js'
import { DISCARD_FROM, LineCutter, type Cut } from '../../src/ingest/line-cutter.js'
import { seeded, type Random } from '../support/random.js'

interface Piece {
  readonly text: string
  readonly offset: number
  readonly end: number
  readonly oversized: boolean
}

/** Feeds a source in pieces as a reader would. */
function cutAll(source: Buffer, nextSize: () => number, chunkBytes: number): Piece[] {
  const cutter = new LineCutter()
  const slot = Buffer.alloc(LONGEST_CARRY + chunkBytes)
  const pieces: Piece[] = []
  const take = (cut: Cut | null) => {
    if (cut === null) return
    const { offset, end, oversized } = cut
    pieces.push({ text: slot.toString('latin1', 0, cut.length), offset, end, oversized })
  }
  let at = 0
  while (at < source.length) {
    if (cutter.hasLines()) {
      take(cutter.takeLines(slot))
      continue
    }
    const room = cutter.room()
    const count = Math.min(nextSize(), chunkBytes, slot.length - room, source.length - at)
    source.copy(slot, room, at, at + count)
    at += count
    take(cutter.push(slot, count))
  }
  if (cutter.hasLines()) take(cutter.takeLines(slot))
  take(cutter.finish(slot))
  return pieces
}

/** What the cuts must come to, whatever they are: each line with its offset, oversized ones by their beginning. */
function linesOf(pieces: readonly Piece[]): string[] {
  return pieces.flatMap(({ text, offset, oversized }) => {
    if (oversized) return [`${offset} oversized ${text}`]
    let at = offset
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    return lines.map((line) => {
      const named = nameOf(at, line)
      at += line.length + 1
      return named
    })
  })
}

/** An oversized line may be cut whole when its end came in one chunk with what made it oversized: the parser rejects it. */
function nameOf(at: number, line: string): string {
  const isOversized = line.length >= DISCARD_FROM
  return isOversized ? `${at} oversized ${line.slice(0, 260)}` : `${at} ${line.length} ${line.slice(0, 1)}`
}

function naiveLines(source: Buffer): string[] {
  let at = 0
  const lines = source.toString('latin1').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => {
    const named = nameOf(at, line)
    at += line.length + 1
    return named
  })
}

function randomSource(random: Random): Buffer {
  const lengths = [
    0,
    1,
    20,
    150,
    5000,
    MAX_LINE_BYTES - 1,
    MAX_LINE_BYTES + 1,
    DISCARD_FROM - 1,
    DISCARD_FROM,
    3 * MAX_LINE_BYTES
  ]
  const lines = Array.from({ length: 8 }, (_, number) =>
    String.fromCharCode(97 + number).repeat(random.pick(lengths))
  )
  return Buffer.from(lines.join('\n') + (random.oneIn(2) ? '\n' : ''), 'latin1')
}

t.test('the same lines come of every way in which a source is read', (t) => {
  const random = seeded(t)
  for (let round = 0; round < 20; round++) {
    const source = randomSource(random)
    const chunkBytes = random.pick([4096, 65536, 524288, 4 * 1024 * 1024])
    const pieces = cutAll(source, () => 1 + random.int(chunkBytes), chunkBytes)
    t.strictSame(linesOf(pieces), naiveLines(source), `${source.length} bytes by ${chunkBytes}`)
    t.equal(pieces.at(-1)?.end ?? 0, source.length, 'the last cut ends where the source ends')
    const isGapless = pieces.every(({ offset }, number) => offset === (pieces[number - 1]?.end ?? 0))
    t.ok(isGapless, 'each cut begins where the one before it ended')
  }
  t.end()
})

t.test('a line is cut only when its line feed has come', (t) => {
  const cutter = new LineCutter()
  const slot = Buffer.alloc(LONGEST_CARRY + 1024)
  const push = (text: string) => {
    const room = cutter.room()
    slot.write(text, room, 'latin1')
    return cutter.push(slot, text.length)
  }
  t.equal(push('ab'), null)
  t.equal(push('c'), null)
  t.strictSame(push('d\ne'), { length: 5, offset: 0, end: 5, oversized: false })
  t.equal(slot.toString('latin1', 0, 5), 'abcd\n')
  t.equal(cutter.readAt, 6)
  t.strictSame(push('\n'), { length: 2, offset: 5, end: 7, oversized: false })
  t.equal(cutter.finish(slot), null)
  t.end()
})

t.test('an endless line takes no memory, and lines behind its end in one chunk are cut too', (t) => {
  const cutter = new LineCutter()
  const slot = Buffer.alloc(LONGEST_CARRY + 1024 * 1024)
  for (let chunk = 0; chunk < 50; chunk++) {
    const room = cutter.room()
    slot.fill(120, room, room + 1024 * 1024)
    t.equal(cutter.push(slot, 1024 * 1024), null)
    t.ok(cutter.room() < DISCARD_FROM)
  }
  slot.write('x\n{"a":1}\n{"b":2}\nrest', cutter.room(), 'latin1')
  const end = 50 * 1024 * 1024 + 2
  t.strictSame(cutter.push(slot, 22), { length: 260, offset: 0, end, oversized: true })
  t.ok(cutter.hasLines())
  t.strictSame(cutter.takeLines(slot), { length: 16, offset: end, end: end + 16, oversized: false })
  t.equal(slot.toString('latin1', 0, 16), '{"a":1}\n{"b":2}\n')
  t.notOk(cutter.hasLines())
  t.strictSame(cutter.finish(slot), { length: 4, offset: end + 16, end: end + 20, oversized: false })
  t.end()
})
