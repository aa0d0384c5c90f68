import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { footfall, replayOf, startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

/** More than a new database takes, less than one with the events of `eventsIn`. */
const SMALL = '3m'

const mount = (place: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL}`, 'tmpfs', place]).status === 0
const unmount = (place: string) => spawnSync('umount', ['-l', place])

/** Why these tests cannot be run here; false where they can. */
function whyNot(): string | false {
  const place = mkdtempSync(join(tmpdir(), 'footfall-'))
  const isMounted = mount(place)
  if (isMounted) unmount(place)
  rmdirSync(place)
  return isMounted ? false : 'no file system may be mounted here'
}

const skip = whyNot()

/** A small file system of the test's own. */
function smallDisk(t: Test): string {
  const place = join(temporaryFolder(t), 'disk')
  mkdirSync(place)
  t.ok(mount(place))
  t.teardown(() => unmount(place))
  return place
}

function remount(place: string, option: string): void {
  const { status, stderr } = spawnSync('mount', ['-o', `remount,${option}`, place], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

/** A file of so many items that its history does not fit on the small disk. */
async function eventsIn(t: Test): Promise<string> {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const { code } = await footfall([
    ...['generate', '--events', '120000', '--items', '50000', '--hours', '100'],
    ...['--start', '2026-01-01T00:00:00Z', '--out', file]
  ])
  t.equal(code, 0)
  return file
}

t.test('a full disk ends a replay with a line, and leaves what was committed', { skip }, async (t) => {
  const disk = smallDisk(t)
  const file = await eventsIn(t)
  const dataDir = join(disk, 'data')
  const full = await footfall(['replay', file, '--data-dir', dataDir])
  t.equal(full.code, 1)
  t.match(full.stderr, /^footfall: the history [^\n]*No space left on device[^\n]*\n$/)
  const copy = join(temporaryFolder(t), 'data')
  cpSync(dataDir, copy, { recursive: true })
  t.strictSame(await replayOf(file, ['--data-dir', copy]), await replayOf(file), 'with room it goes on')
})

t.test(
  'a server on a full disk says so, answers on, and commits when there is room again',
  { skip },
  async (t) => {
    const disk = smallDisk(t)
    const file = await eventsIn(t)
    const dataDir = join(disk, 'data')
    const served = await startServe(t, [file, '--data-dir', dataDir, '--commit-interval', '0.2'])
    const until = async (isMet: (status: Status) => boolean): Promise<Status> => {
      for (;;) {
        const status = (await served.get('/v1/status')) as Status
        if (isMet(status)) return status
      }
    }
    const full = await until(({ history }) => /No space left/.test(history?.commits.error ?? ''))
    t.equal(full.accounting.accepted, 120_000, 'what was read is counted all the same')
    remount(disk, 'size=64m')
    const { history } = await until((status) => status.history?.commits.error === null)
    t.ok((history?.commits.number ?? 0) > 0)
    t.equal(await served.end(), 0)
    t.strictSame(await replayOf(file, ['--data-dir', dataDir]), await replayOf(file))
  }
)

t.test('a directory that cannot be written is told in a line', { skip }, async (t) => {
  const disk = smallDisk(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  t.equal((await footfall(['generate', '--events', '10', '--out', file])).code, 0)
  remount(disk, 'ro')
  for (const dataDir of [disk, join(disk, 'data')]) {
    const refused = await footfall(['replay', file, '--data-dir', dataDir])
    t.equal(refused.code, 1)
    t.match(refused.stderr, /^footfall: [^\n]*read-only file system[^\n]*\n$/i, dataDir)
  }
  t.strictSame(readdirSync(disk), [])
})

t.test('dead letters wait for room on a full disk, and are written in their order', { skip }, async (t) => {
  const disk = smallDisk(t)
  const file = join(temporaryFolder(t), 'events.jsonl')
  const visit = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'
  // So many events that what comes after them is no wrong file.
  const events = visit.repeat(1000)
  writeFileSync(file, `${events}bad\n`)
  const dataDir = join(disk, 'data')
  const served = await startServe(t, [file, '--data-dir', dataDir])
  const until = async (isMet: (status: Status) => boolean): Promise<Status> => {
    for (;;) {
      const status = (await served.get('/v1/status')) as Status
      if (isMet(status)) return status
    }
  }
  await until(({ dead_letters }) => dead_letters?.written === 1)
  const filler = join(disk, 'filler')
  t.throws(() => {
    writeFileSync(filler, Buffer.alloc(16 * 1024 * 1024))
  }, /ENOSPC/)
  appendFileSync(file, 'bad\n'.repeat(3000))
  const full = await until(({ dead_letters }) => dead_letters?.error != null)
  t.match(full.dead_letters, { written: 1, error: /^cannot write dead letters to \S+: ENOSPC/ })
  appendFileSync(file, `${visit}${'bad\n'.repeat(10)}`)
  const waiting = await until(({ dead_letters }) => dead_letters?.unwritten === 3010)
  t.match(waiting, { accounting: { rejected: 3011 }, dead_letters: { written: 1, error: /ENOSPC/ } })
  t.match(
    await served.get('/v1/items/most-viewed'),
    { data: [{ item_id: 'a', value: 1001 }] },
    'answers go on'
  )

  rmSync(filler)
  const mended = await until(({ dead_letters }) => dead_letters?.unwritten === 0)
  t.strictSame(mended.dead_letters, { written: 3011, unwritten: 0, dropped: 0, error: null })
  t.match(served.stderr(), /^footfall: cannot write dead letters [^\n]*it is tried again\n$/, 'told once')
  t.equal(await served.end(), 0)
  const letters = readFileSync(join(dataDir, 'dead-letters.jsonl'), 'utf8').trimEnd().split('\n')
  const wanted = Array.from(
    { length: 3011 },
    (_, at) => events.length + (at > 3000 ? visit.length : 0) + at * 4
  )
  t.strictSame(
    letters.map((line) => (JSON.parse(line) as { readonly offset: number }).offset),
    wanted
  )
})
