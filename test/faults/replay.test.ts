import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { footfall, replayOf, startServe } from '../support/command.js'
import {
  isAbout,
  takeLog,
  whyNoFaults,
  withFault,
  type FaultError,
  type LoggedCall
} from '../support/faults.js'
import { historyAnswers } from '../support/history.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded, type Random } from '../support/random.js'
import { SHAPE, randomStream } from '../support/streams.js'

/** How many calls of each row fail, one a run; `npm run test:faults` asks for more. */
const FAULTS = Number(process.env['FOOTFALL_TEST_FAULTS'] ?? 1)

const DATABASE = '*/history.duckdb*'

/** What goes wrong: errors that a call may end with, on a path. */
const ROWS: readonly { call: string; path: string; errors: readonly FaultError[] }[] = [
  { call: 'open', path: '*/events.jsonl', errors: ['EIO', 'EMFILE', 'EACCES'] },
  { call: 'pread', path: '*/events.jsonl', errors: ['short', 'EIO'] },
  { call: 'open', path: '*/data/*', errors: ['EMFILE', 'EIO', 'ENOSPC'] },
  { call: '*read', path: DATABASE, errors: ['short', 'EIO'] },
  { call: '*write', path: DATABASE, errors: ['short', 'ENOSPC', 'EIO'] },
  { call: 'f*sync', path: DATABASE, errors: ['EIO', 'ENOSPC'] },
  { call: 'ftruncate', path: DATABASE, errors: ['EIO'] },
  { call: 'rename', path: DATABASE, errors: ['EIO', 'ENOSPC'] },
  { call: 'link', path: DATABASE, errors: ['EIO', 'ENOSPC'] },
  { call: 'unlink', path: DATABASE, errors: ['EIO'] },
  { call: 'write', path: '*/dead-letters.jsonl', errors: ['short', 'ENOSPC', 'EIO'] }
]

/** Where a run begins: with nothing, or with what a killed one has left, whose commits are still in the log. */
type Begin = 'new' | 'killed'

const skip = whyNoFaults()

/** What ends a run, in a line; before it that ingest begins anew, where it is then that the rest fails. */
const ONE_LINE = /^(footfall: [^\n]+; ingest starts again from the last commit\n)?footfall: [^\n]+\n$/

/** A file of events, and what a run without faults makes of it. */
class Shop {
  readonly file: string
  readonly dataDir: string
  readonly log: string
  readonly #folder: string

  constructor(t: Test, random: Random) {
    this.#folder = temporaryFolder(t)
    this.file = join(this.#folder, 'events.jsonl')
    this.dataDir = join(this.#folder, 'data')
    this.log = join(this.#folder, 'calls')
    writeFileSync(this.file, randomStream(random, 3000, { ...SHAPE, stepMs: 60_000 }).text)
  }

  get #killed(): string {
    return join(this.#folder, 'killed')
  }

  /** Makes what a killed run leaves that has counted all of the file but its last lines, if it came so far. */
  async makeKilled(t: Test): Promise<void> {
    const served = await startServe(t, [this.file, '--data-dir', this.#killed, '--commit-interval', '0.01'])
    for (;;) {
      const { history } = (await served.get('/v1/status')) as Status
      if ((history?.commits.number ?? 0) > 0) break
    }
    await served.end('SIGKILL')
    t.ok(existsSync(join(this.#killed, 'history.duckdb.wal')), 'its commits are in the log')
  }

  begin(from: Begin): void {
    rmSync(this.dataDir, { recursive: true, force: true })
    if (from === 'killed') cpSync(this.#killed, this.dataDir, { recursive: true })
  }

  get args(): string[] {
    return [
      ...['replay', this.file, '--json', '--data-dir', this.dataDir],
      ...['--commit-interval', '0.01', '--chunk-size', '16384', '--workers', '2']
    ]
  }

  /** Calls that a run without faults makes. */
  async calls(from: Begin): Promise<LoggedCall[]> {
    this.begin(from)
    const env = withFault({ call: '*', path: `${this.#folder}/*`, log: this.log })
    const { code } = await footfall(this.args, { env })
    if (code !== 0) throw new Error('a run without faults failed')
    return takeLog(this.log)
  }
}

t.test('whatever call fails, a replay ends as without it, or in one clear line', { skip }, async (t) => {
  const random = seeded(t)
  const shop = new Shop(t, random)
  const answers = await replayOf(shop.file)
  const calls = { new: await shop.calls('new'), killed: [] as LoggedCall[] }
  const history = await historyAnswers(shop.dataDir)
  await shop.makeKilled(t)
  calls.killed = await shop.calls('killed')

  // Each read of the source brings half of what was asked for, also those that tell files apart.
  shop.begin('new')
  const short = withFault({ call: 'pread', path: '*/events.jsonl', from: 1, count: 0 })
  for (const env of [short, {}]) {
    const { stdout } = await footfall(shop.args, { env })
    t.strictSame(
      { ...(JSON.parse(stdout) as object), elapsed_ms: 0 },
      answers,
      'short reads count nothing twice'
    )
  }

  for (const row of ROWS) {
    const places = (['new', 'killed'] as const).flatMap((from) =>
      calls[from].filter((call) => isAbout(row, call)).map((_, index) => ({ from, number: index + 1 }))
    )
    for (let run = 0; run < FAULTS && places.length > 0; run++) {
      const [{ from, number } = { from: 'new' as const, number: 1 }] = places.splice(
        random.int(places.length),
        1
      )
      const error = random.pick(row.errors)
      const count = random.oneIn(2) ? 1 : 0
      const name = `${row.call} ${row.path} ${error}, ${from}, ${count === 1 ? '' : 'from '}number ${number}`
      shop.begin(from)
      const env = withFault({ ...row, error, from: number, count, log: shop.log })
      const { code, stdout, stderr } = await footfall(shop.args, { env })
      const failed = takeLog(shop.log).filter(({ hasFailed }) => hasFailed).length
      if (code === 0) {
        t.strictSame({ ...(JSON.parse(stdout) as object), elapsed_ms: 0 }, answers, name)
      } else {
        t.ok(failed > 0, `${name}: only a fault may end it`)
        t.equal(code, 1, name)
        t.match(stderr, ONE_LINE, name)
        t.equal(stdout, '', name)
      }
      t.comment(`${name}: ${failed} failed: ${stderr.trim()}`)
      t.strictSame(await replayOf(shop.file, ['--data-dir', shop.dataDir]), answers, `${name}: afterwards`)
      t.strictSame(await historyAnswers(shop.dataDir), history, `${name}: the history afterwards`)
    }
  }
})
