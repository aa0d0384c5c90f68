import { spawn, type ChildProcess } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  truncateSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { FOLLOWING, type Followed } from '../support/following.js'
import { temporaryFolder } from '../support/pipelines.js'
import { Random, seeded } from '../support/random.js'
import { untracked } from '../support/untracked.js'

/**
 * Random sequences of what happens to a followed file and to who follows it,
 * against a naive model: every file that ever had the name, and its bytes.
 *
 * Outside of what is promised, and so not done: a file is emptied or deleted only
 * when all of it is committed, since what is not there any more cannot be read
 * again; and when it is, its last line is whole. A file is renamed only when it, or
 * one that it followed by renaming, has been seen: otherwise nothing says that it
 * ever had the name.
 */

/** How many sequences; `npm run test:soak` asks for more. */
const SEQUENCES = Number(process.env['FOOTFALL_TEST_SEQUENCES'] ?? 50)
/** Sequences at a time: each waits most of its time, for a process to start or a renamed file to fall silent. */
const LANES = Number(process.env['FOOTFALL_TEST_LANES'] ?? 4)
const STEPS = 8
const ITEMS = 40
/** A process that follows took more than 30 seconds to its first commit on a machine with ten times the work it had cores for. */
const PATIENCE_MS = 120_000

/** What was done how often, over all sequences. */
const done = { sequences: 0, starts: 0, kills: 0, rotations: 0, truncations: 0, deletions: 0, lines: 0 }

/** The files that have had a name: their text, and whether more can come to them. */
class Model {
  readonly #ended: string[] = []
  #text = ''
  #events = 0

  get text(): string {
    return this.#text
  }

  line(): string {
    return `{"event_type":"page_visit","timestamp":1700000000,"item_id":"${this.#events % ITEMS}","n":${this.#events++}}\n`
  }

  append(text: string): void {
    this.#text += text
  }

  next(): void {
    this.#ended.push(this.#text)
    this.#text = ''
  }

  /** Whether an earlier file had a line that ended at this byte. */
  endedAt(offset: number): boolean {
    return this.#ended.some((text) => text[offset - 1] === '\n')
  }

  /** What is to be counted. The last line of a file that can still grow is held back. */
  expected(): Pick<Followed, 'accepted' | 'rejected' | 'items'> {
    const held = this.#text.slice(0, this.#text.lastIndexOf('\n') + 1)
    const lines = [...this.#ended, held].flatMap((text) => text.split('\n').filter((line) => line !== ''))
    const items: Record<string, number> = {}
    let rejected = 0
    for (const line of lines) {
      const item = itemOf(line)
      if (item === null) rejected++
      else items[item] = (items[item] ?? 0) + 1
    }
    return { accepted: lines.length - rejected, rejected, items }
  }
}

function itemOf(line: string): string | null {
  try {
    return (JSON.parse(line) as { item_id: string }).item_id
  } catch {
    return null
  }
}

/** A process that follows the file, and the last that it has said. */
class Follower {
  readonly #process: ChildProcess
  readonly #ended: Promise<unknown>
  last: Followed | null = null
  errors = ''

  constructor(t: Test, file: string, database: string) {
    this.#process = spawn(...untracked(process.execPath, [FOLLOWING, file, database]))
    this.#ended = new Promise((resolve) => this.#process.on('exit', resolve))
    createInterface({ input: this.#process.stdout! }).on('line', (line) => {
      this.last = JSON.parse(line) as Followed
    })
    this.#process.stderr!.on('data', (text: Buffer) => (this.errors += text.toString()))
    t.teardown(() => this.kill())
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended
  }
}

class Sequence {
  readonly #t: Test
  readonly #random: Random
  readonly #file: string
  readonly #database: string
  readonly #model = new Model()
  readonly #did: string[] = []
  #follower: Follower | null = null
  #rotated = 0
  /** Whether a commit knows this file, or one that led to it by renaming. */
  #isKnown = false

  constructor(t: Test, random: Random, folder: string, number: number) {
    this.#t = t
    this.#random = random
    // A folder of its own: sequences begin with the same lines, and one's deleted file may give its inode to another's.
    const own = join(folder, String(number))
    mkdirSync(own)
    this.#file = join(own, 'events.jsonl')
    this.#database = join(own, 'history.duckdb')
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) await this.#step()
    this.#start()
    await this.#until('all is counted', (last) => this.#isExpected(last))
    // Nothing more comes by itself.
    await delay(30)
    if (!this.#isExpected(this.#follower!.last!)) this.#fail('more was counted than there is')
    await this.#follower!.kill()
    done.sequences++
  }

  async #step(): Promise<void> {
    const random = this.#random
    switch (random.int(10)) {
      case 0:
        this.#did.push('kill')
        if (this.#follower !== null) done.kills++
        await this.#follower?.kill()
        this.#follower = null
        break
      case 1:
      case 2:
        this.#start()
        if (random.oneIn(2)) await delay(random.int(400))
        break
      case 3:
        await this.#rotate()
        break
      case 4:
        await this.#lose()
        break
      default:
        this.#write(random.oneIn(3))
        if (random.oneIn(3)) await delay(random.int(50))
    }
  }

  #start(): void {
    if (this.#follower !== null) return
    this.#did.push('start')
    done.starts++
    this.#follower = new Follower(this.#t, this.#file, this.#database)
  }

  #write(isPartial: boolean): void {
    let text = ''
    for (let count = this.#random.int(60); count >= 0; count--) text += this.#model.line()
    done.lines += text.split('\n').length - 1
    if (isPartial) text = text.slice(0, -1 - this.#random.int(20))
    // What was half a line goes on as one that no parser takes: the model splits it the same way.
    this.#append(text)
    this.#did.push(`write ${text.length}`)
  }

  #append(text: string): void {
    appendFileSync(this.#file, text)
    this.#model.append(text)
  }

  /** By renaming; who wrote to the file may add a line before it knows. */
  async #rotate(): Promise<void> {
    if (!existsSync(this.#file)) return
    if (!this.#isKnown) await this.#settle()
    const old = `${this.#file}.${++this.#rotated}`
    renameSync(this.#file, old)
    if (this.#random.oneIn(2)) {
      const line = this.#model.line()
      appendFileSync(old, line)
      this.#model.append(line)
    }
    this.#model.next()
    writeFileSync(this.#file, '')
    done.rotations++
    this.#did.push('rotate')
  }

  /** Empties or deletes the file, when all of it is committed. */
  async #lose(): Promise<void> {
    if (!existsSync(this.#file)) return
    await this.#settle()
    if (this.#random.oneIn(2)) {
      truncateSync(this.#file, 0)
      this.#did.push('truncate')
      done.truncations++
    } else {
      unlinkSync(this.#file)
      this.#did.push('delete')
      done.deletions++
    }
    this.#model.next()
    this.#isKnown = false
  }

  /** Ends the last line and waits until all of it is committed. */
  async #settle(): Promise<void> {
    // Of a file that is empty, a line that no other file began with: one that is emptied and filled with the same bytes again is the same file.
    if (this.#model.text === '') this.#append(this.#model.line())
    else if (!this.#model.text.endsWith('\n')) this.#append('\n')
    // By its offset a commit of an earlier file must not look like one of this.
    while (this.#model.endedAt(this.#model.text.length)) this.#append(this.#model.line())
    this.#start()
    const size = Buffer.byteLength(this.#model.text)
    await this.#until(
      'all is committed',
      (last) => this.#isExpected(last) && last.offset === size && last.isCommitted
    )
    this.#isKnown = true
  }

  #isExpected({ accepted, rejected, items }: Followed): boolean {
    const expected = this.#model.expected()
    return (
      accepted === expected.accepted &&
      rejected === expected.rejected &&
      Object.keys(items).length === Object.keys(expected.items).length &&
      Object.entries(expected.items).every(([item, count]) => items[item] === count)
    )
  }

  async #until(what: string, is: (last: Followed) => boolean): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const { last = null, isRunning = false } = this.#follower ?? {}
      if (last !== null && is(last)) return
      if (!isRunning || performance.now() - begun > PATIENCE_MS) this.#fail(what)
      await delay(3)
    }
  }

  #fail(what: string): never {
    const { last, errors } = this.#follower ?? {}
    throw new Error(
      `not so: ${what}\nafter: ${this.#did.join(', ')}\n` +
        `is: ${JSON.stringify(last)}\nexpected: ${JSON.stringify(this.#model.expected())}\nsaid: ${errors}`
    )
  }
}

t.test(`${SEQUENCES} random sequences lose nothing and count nothing twice`, async (t) => {
  const random = seeded(t)
  const folder = temporaryFolder(t)
  // Choices of its own for each: what one does must not depend on how fast the others are.
  const randoms = Array.from({ length: SEQUENCES }, () => new Random(random.int(2 ** 32)))
  let next = 0
  const lane = async () => {
    for (let number = next++; number < SEQUENCES; number = next++) {
      await t.resolves(new Sequence(t, randoms[number]!, folder, number).run(), `sequence ${number}`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  t.comment(
    Object.entries(done)
      .map(([what, count]) => `${count} ${what}`)
      .join(', ')
  )
  t.equal(done.sequences, SEQUENCES)
  t.ok(done.rotations > 0 && done.truncations > 0 && done.deletions > 0 && done.kills > 0)
})
