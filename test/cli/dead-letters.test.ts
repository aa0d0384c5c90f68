import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { MIN_DEAD_LETTERS_BYTES, OLD_DEAD_LETTER_FILES } from '../../src/base/limits.js'
import { oldLetterFiles } from '../../src/ingest/letter-files.js'
import { footfall, replayOf, startServe, statusWhen } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'

const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'

interface Letter {
  readonly source: string
  readonly offset: number
  readonly reason: string
  readonly excerpt: string
}

/** The lines of all files of a data directory, the oldest first. */
function linesIn(dataDir: string): string[] {
  const path = join(dataDir, 'dead-letters.jsonl')
  const files = [path, ...oldLetterFiles(path)].reverse().filter((file) => existsSync(file))
  return files.flatMap((file) => readFileSync(file, 'utf8').split('\n').slice(0, -1))
}

const lettersIn = (dataDir: string) => linesIn(dataDir).map((line) => JSON.parse(line) as Letter)

/** A file of events and bad lines, each of its own length, and what letters have to say of them. */
class Mixed {
  readonly file: string
  readonly bad: { readonly offset: number; readonly excerpt: string }[] = []
  #size = 0

  constructor(t: Test) {
    this.file = join(temporaryFolder(t), 'events.jsonl')
    writeFileSync(this.file, '')
  }

  /** Appends so many bad lines, with `events` events before each. */
  append(count: number, events: number): void {
    const parts: string[] = []
    for (let line = 0; line < count; line++) {
      const excerpt = `bad ${this.bad.length} ${'x'.repeat(this.bad.length % 40)}`
      this.bad.push({ offset: this.#size + events * VISIT.length, excerpt })
      parts.push(VISIT.repeat(events), `${excerpt}\n`)
      this.#size += events * VISIT.length + excerpt.length + 1
    }
    appendFileSync(this.file, parts.join(''))
  }
}

const places = (letters: readonly Letter[]) => letters.map(({ offset, excerpt }) => ({ offset, excerpt }))

t.test('a replay writes every letter in its order, over the files that it sets aside', async (t) => {
  const most = String(MIN_DEAD_LETTERS_BYTES)
  const dataDir = join(temporaryFolder(t), 'data')
  const args = ['--data-dir', dataDir, '--dead-letters-size', most, '--chunk-size', '16384']
  const within = new Mixed(t)
  within.append(1000, 2)
  const first = await footfall(['replay', within.file, ...args])
  t.equal(first.code, 0)
  t.equal(first.stderr, '')
  t.ok(existsSync(join(dataDir, 'dead-letters.jsonl.2')), 'set aside more than once')
  t.notOk(existsSync(join(dataDir, 'dead-letters.jsonl.3')), 'none has gone')
  t.strictSame(places(lettersIn(dataDir)), within.bad)
  t.match(lettersIn(dataDir)[0], { source: within.file, reason: 'invalid_json' })

  const beyond = new Mixed(t)
  beyond.append(4000, 2)
  t.equal((await footfall(['replay', beyond.file, ...args])).code, 0)
  const kept = lettersIn(dataDir)
  t.strictSame(places(kept), beyond.bad.slice(-kept.length), 'the last ones, without a gap')
  const path = join(dataDir, 'dead-letters.jsonl')
  const sizes = [path, ...oldLetterFiles(path)].map((file) => statSync(file).size)
  t.ok(
    sizes.every((size) => size <= MIN_DEAD_LETTERS_BYTES),
    sizes.join()
  )
  t.equal(sizes.length, 1 + OLD_DEAD_LETTER_FILES)
})

t.test('a server that is killed while it rejects loses no letter', async (t) => {
  const random = seeded(t)
  const mixed = new Mixed(t)
  const dataDir = join(temporaryFolder(t), 'data')
  const args = [mixed.file, '--data-dir', dataDir, '--commit-interval', '0.01', '--chunk-size', '2048']
  const torn = '{"source":"half a let'
  for (let kill = 0; kill < 2; kill++) {
    mixed.append(4000, 1)
    const served = await startServe(t, args)
    const enough = mixed.bad.length - random.int(4000)
    await statusWhen(served, ({ accounting }) => accounting.rejected >= enough)
    mixed.append(500, 1)
    await served.end('SIGKILL')
    appendFileSync(join(dataDir, 'dead-letters.jsonl'), torn)
  }
  const served = await startServe(t, args)
  const { accounting } = await statusWhen(served, ({ source }) => source.lag_bytes === 0)
  t.equal(accounting.rejected, mixed.bad.length, 'nothing is counted twice')
  t.equal(await served.end(), 0)

  const runs: Letter[][] = [[]]
  for (const line of linesIn(dataDir)) {
    if (line === torn) runs.push([])
    else runs.at(-1)?.push(JSON.parse(line) as Letter)
  }
  t.equal(runs.length, 3, 'each letter is on a line of its own')
  const indexes = new Map(mixed.bad.map(({ offset }, index) => [offset, index]))
  let next = 0
  for (const run of runs) {
    const begin = indexes.get(run[0]?.offset ?? -1) ?? Infinity
    t.ok(begin <= next, 'it goes on at the last commit, or before it')
    t.strictSame(places(run), mixed.bad.slice(begin, begin + run.length), 'in the order of the source')
    next = begin + run.length
  }
  t.equal(next, mixed.bad.length, 'all of them')
})

const ROWS = Array.from({ length: 20 }, (_, row) => `page_visit,17000000${10 + row},sku_${row}`)
const WRONG = [
  ['a PNG image', Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR${'\xfe\n\x01'.repeat(50)}`, 'latin1')],
  ['CSV', Buffer.from(`event_type,timestamp,item_id\n${ROWS.join('\n')}\n`)],
  ['a JSON array', Buffer.from(`[${VISIT.repeat(5).trimEnd().replaceAll('\n', ',\n')}]\n`)]
] as const

t.test('a file that is none of events is told once, and the replay ends with 0', async (t) => {
  const file = join(temporaryFolder(t), 'events')
  for (const [kind, bytes] of WRONG) {
    writeFileSync(file, bytes)
    const { code, stdout, stderr } = await footfall(['replay', file, '--preset', 'footfall'])
    t.equal(code, 0, kind)
    t.match(stdout, /rejected +\d/, 'there are answers all the same')
    const notice = new RegExp(
      `^footfall: [^\\n]* lines of \\S+ were rejected, [^\\n]* looks like ${kind}[^\\n]*\\n$`
    )
    t.match(stderr, notice)
  }
})

for (const workers of ['1', '2']) {
  t.test(`over half of the first 1,000 lines, not half, is told; ${workers} workers`, async (t) => {
    const file = join(temporaryFolder(t), 'events.jsonl')
    for (const bad of [0, 500, 501, 600]) {
      // Half of a chunk is bad wherever it is cut; what comes after the first lines is all bad, or all good.
      const lines = Array.from({ length: 1000 }, (_, at) => ((at * 7) % 1000 < bad ? 'bad\n' : VISIT))
      writeFileSync(file, lines.join('') + (bad > 500 ? VISIT : 'bad\n').repeat(2000))
      const args = ['replay', file, '--workers', workers, '--chunk-size', '1024', '--preset', 'footfall']
      const { code, stderr } = await footfall(args)
      t.equal(code, 0)
      const notice = new RegExp(`^footfall: ${bad} of the first 1,000 lines of [^\\n]*\\n$`)
      if (bad > 500) t.match(stderr, notice)
      else t.equal(stderr, '', `${bad} lines`)
    }
  })
}

t.test('a file that is replayed again brings the letters of what is new', async (t) => {
  const mixed = new Mixed(t)
  mixed.append(10, 3)
  const dataDir = join(temporaryFolder(t), 'data')
  const args = ['--data-dir', dataDir]
  await replayOf(mixed.file, args)
  await replayOf(mixed.file, args)
  t.strictSame(places(lettersIn(dataDir)), mixed.bad, 'what was committed is not written again')
  mixed.append(5, 3)
  await replayOf(mixed.file, args)
  t.strictSame(places(lettersIn(dataDir)), mixed.bad)
})
