import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import t, { type Test } from 'tap'
import { markPath } from '../../src/history/commit-mark.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { OPTIONS } from './histories.js'
import { ShopModel } from './shop-model.js'
import { untracked } from '../support/untracked.js'

const OPENER = fileURLToPath(new URL('./children/open.js', import.meta.url))

async function made(t: Test): Promise<string> {
  const path = join(t.testdir(), 'history.db')
  await (await openDuckDbHistory({ ...OPTIONS, path })).close()
  return path
}

/** Writes to the database past footfall. */
async function tamper(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

async function refuses(t: Test, path: string, code: string, reason: RegExp, options = {}): Promise<void> {
  const before = existsSync(path) ? readFileSync(path) : null
  const error = await openDuckDbHistory({ ...OPTIONS, path, ...options }).then(
    () => null,
    (error: unknown) => error as Error
  )
  t.match(error, { name: 'FootfallError', code })
  t.match(error?.message, reason)
  t.ok(error?.message.includes(path), 'the file is named')
  t.notOk(error?.message.includes('\n'), 'in one line')
  if (before !== null) t.ok(before.equals(readFileSync(path)), 'the file is as it was')
}

t.test('a new history has a seed that stays, and leaves nothing beside its file', async (t) => {
  const path = join(t.testdir(), "o'history.db")
  const first = await openDuckDbHistory({ ...OPTIONS, path })
  await first.close()
  const second = await openDuckDbHistory({ ...OPTIONS, path })
  t.strictSame(second.seed, first.seed)
  await second.close()
  const other = await openDuckDbHistory(OPTIONS)
  t.notSame(other.seed, first.seed)
  await other.close()
  t.strictSame(readdirSync(join(path, '..')), ["o'history.db"])
})

t.test('what a killed process has left of a new history is removed', async (t) => {
  const path = join(t.testdir(), 'history.db')
  for (const name of ['history.db.123.new', 'history.db.123.new.wal'])
    writeFileSync(join(path, '..', name), 'x')
  writeFileSync(join(path, '..', 'history.db.backup'), 'x')
  await (await openDuckDbHistory({ ...OPTIONS, path })).close()
  t.strictSame(readdirSync(join(path, '..')).sort(), ['history.db', 'history.db.backup'])
})

t.test('a database for other settings is refused as wrong usage', async (t) => {
  const path = await made(t)
  await refuses(t, path, 'usage', /time zone is UTC, not Europe\/Berlin/, { timeZone: 'Europe/Berlin' })
  await refuses(t, path, 'usage', /currency is EUR, not USD/, { currency: 'USD' })
  await (await openDuckDbHistory({ ...OPTIONS, path, timeZone: 'Etc/UTC' })).close()
})

t.test('a database of a newer version, of other metrics or of something else is refused', async (t) => {
  const newer = await made(t)
  await tamper(newer, 'UPDATE meta SET schema_version = 99')
  await refuses(t, newer, 'history', /version 99, this footfall knows up to \d+:/)

  const path = await made(t)
  await tamper(path, "UPDATE meta SET metrics = 'views,likes'")
  await refuses(t, path, 'history', /metrics are views,likes, not views,cart_adds/)

  const foreign = join(t.testdir(), 'foreign.db')
  await tamper(foreign, 'CREATE TABLE t (a INTEGER)')
  await refuses(t, foreign, 'history', /not one of footfall/)
})

t.test('a file that is no database or is damaged is refused and kept', async (t) => {
  for (const content of ['', 'hello\n', Buffer.alloc(20_000, 7)]) {
    const path = join(t.testdir(), 'history.db')
    writeFileSync(path, content)
    await refuses(t, path, 'history', /not a database, or damaged/)
  }
  const path = await made(t)
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, bytes.length / 2))
  await refuses(t, path, 'history', /./)
  for (let offset = 12_288; offset < bytes.length; offset += 64) bytes.writeUInt32LE(0xdeadbeef, offset)
  writeFileSync(path, bytes)
  await refuses(t, path, 'history', /./)
})

t.test('a log that is damaged at its head or missing is refused, and kept', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'history.db')
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 3, maxStepMinutes: 1 })
  await history.commit(model.commit())
  // As a killed process leaves them: all but the empty tables is in the log.
  const left = ['', '.wal', '.commit'].map((suffix) => [suffix, readFileSync(path + suffix)] as const)
  await history.close()
  const copy = (name: string, change: (path: string) => void) => {
    const to = join(folder, name)
    for (const [suffix, bytes] of left) writeFileSync(to + suffix, bytes)
    change(to)
    return to
  }
  const whole = await openDuckDbHistory({ ...OPTIONS, path: copy('whole', () => undefined) })
  t.equal((await whole.restore())?.commit, 1)
  await whole.close()
  for (const at of [0, 4, 12]) {
    const damaged = copy(`at-${at}`, (path) => {
      const log = readFileSync(`${path}.wal`)
      writeFileSync(`${path}.wal`, log.fill('X', at, at + 4))
    })
    const log = readFileSync(`${damaged}.wal`)
    await refuses(t, damaged, 'history', /commit 1 was stored, but it has none.* damaged or missing/)
    t.ok(log.equals(readFileSync(`${damaged}.wal`)), 'the log is as it was')
  }
  const gone = (suffix: string) =>
    copy(`without-${suffix.slice(1)}`, (path) => {
      rmSync(path + suffix)
    })
  const withoutLog = gone('.wal')
  await refuses(t, withoutLog, 'history', /commit 1 was stored, but it has none/)
  await refuses(t, gone(''), 'history', /commit 1 was stored/)
  // What the message says to do about it.
  rmSync(markPath(withoutLog))
  const lost = await openDuckDbHistory({ ...OPTIONS, path: withoutLog })
  t.equal(await lost.restore(), null)
  await lost.close()
})

t.test('a directory that is not there, or a directory, is told in one line', async (t) => {
  await refuses(t, join(t.testdir(), 'absent', 'history.db'), 'history', /./)
  const error = await openDuckDbHistory({ ...OPTIONS, path: t.testdir() }).catch((error: unknown) => error)
  t.match(error, { code: 'history', message: /^[^\n]+$/ })
})

t.test('a second process is refused, and told who has the history open', async (t) => {
  const path = await made(t)
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  const second = spawnSync(...untracked(process.execPath, [OPENER, path]), { encoding: 'utf8' })
  t.match(second.stdout, new RegExp(`^history: .*another process \\(PID ${process.pid}\\) has it open\n$`))
  await history.close()
  const third = spawnSync(...untracked(process.execPath, [OPENER, path]), { encoding: 'utf8' })
  t.equal(third.stdout, 'opened\n')
})
