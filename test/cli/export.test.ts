import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { METRICS } from '../../src/metrics/metrics.js'
import { Database } from '../../src/history/database.js'
import type { HistoryItems, HistorySeries } from '../../src/query/history-shapes.js'
import { footfall, startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { seeded } from '../support/random.js'
import { randomStream } from '../support/streams.js'

const SHAPE = {
  startMs: Date.UTC(2023, 9, 28, 20),
  items: 60,
  customers: 50,
  stepMs: 600_000,
  disorderMs: 40 * 3_600_000
}
const LAST = Date.UTC(2024, 5, 1)
const READERS = {
  parquet: (file: string) => `read_parquet('${file}')`,
  csv: (file: string) => `read_csv('${file}', header = true, all_varchar = true)`,
  jsonl: (file: string) => `read_json('${file}', format = 'newline_delimited')`
} as const

/** Lines of a shop whose live window, in the end, holds two visits alone. */
function linesOf(t: Test): string {
  const { text } = randomStream(seeded(t), 1500, SHAPE)
  return text + `{"event_type":"page_visit","timestamp":${LAST},"item_id":"last"}\n`.repeat(2)
}

/** `bucket item metric` and the amounts above 0, as the API has them. */
async function served(t: Test, file: string, dataDir: string, tier: string): Promise<Map<string, number>> {
  const { get, end } = await startServe(t, [file, '--data-dir', dataDir])
  const found = new Map<string, number>()
  const size = readFileSync(file).length
  for (const { name: metric } of METRICS) {
    let series: HistorySeries
    do series = (await get(`/v1/history?metric=${metric}&granularity=${tier}`)) as HistorySeries
    while (series.meta.offset !== size)
    for (const { start, status, value } of series.data) {
      if (status === 'open' || value === 0) continue
      const bucket = { day: start, week: weekOf(start), month: start.slice(0, 7) }[tier] ?? ''
      const query = `metric=${metric}&bucket=${bucket}&limit=100`
      const { data } = (await get(`/v1/history/items?${query}`)) as HistoryItems
      for (const row of data) found.set(`${bucket} ${row.item_id} ${metric}`, Number(row.value))
    }
  }
  t.equal(await end(), 0)
  return found
}

/** Name of the ISO week that begins with a Monday. */
function weekOf(monday: string): string {
  const thursday = new Date(Date.parse(monday) + 3 * 86_400_000)
  const days = (thursday.getTime() - Date.UTC(thursday.getUTCFullYear(), 0)) / 86_400_000
  return `${thursday.getUTCFullYear()}-W${String(Math.floor(days / 7) + 1).padStart(2, '0')}`
}

/** The same of an exported file, as DuckDB reads it back. */
async function exported(file: string, format: keyof typeof READERS): Promise<Map<string, number>> {
  const database = await Database.open({ path: null, memoryLimitMb: 256 })
  const names = METRICS.map(({ name }) => name)
  const rows = await database.rows(
    `SELECT bucket, item_id, ${names.join()} FROM ${READERS[format](file)} WHERE item_id IS NOT NULL AND item_id != 'last'`
  )
  database.close()
  return new Map(
    rows.flatMap(([bucket, item, ...amounts]) =>
      names.flatMap((name, place) => {
        const amount = Number(amounts[place])
        return amount === 0 ? [] : [[`${String(bucket)} ${String(item)} ${name}`, amount] as const]
      })
    )
  )
}

function sorted(map: ReadonlyMap<string, number>): [string, number][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

t.test('what is exported is what the API answers, in every format', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const dataDir = join(folder, 'data')
  writeFileSync(file, linesOf(t))
  for (const tier of ['day', 'week', 'month']) {
    const wanted = sorted(await served(t, file, dataDir, tier))
    t.ok(wanted.length > 100)
    for (const format of ['parquet', 'csv', 'jsonl'] as const) {
      const out = join(folder, `${tier}.${format}`)
      const args = ['export', '--tier', tier, '--format', format, '--out', out, '--data-dir', dataDir]
      t.strictSame(await footfall(args), { code: 0, stdout: '', stderr: '' })
      t.strictSame(sorted(await exported(out, format)), wanted, `${tier} ${format}`)
      if (format === 'parquet') continue
      const { code, stdout } = await footfall([...args.slice(0, 5), '--out', '-', '--data-dir', dataDir])
      t.equal(code, 0)
      t.equal(stdout, readFileSync(out, 'utf8'), 'standard output gets the same bytes')
    }
  }
  t.strictSame(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    []
  )
})

/** A data directory with one day of an item that a spreadsheet would run. */
async function formulas(folder: string): Promise<string> {
  const dataDir = join(folder, 'data')
  const lines = ['=1+1', '@SUM(A1)', '-1', '+1', 'plain'].map((item) =>
    JSON.stringify({ event_type: 'page_visit', timestamp: 1700000000, item_id: item })
  )
  const input = `${lines.join('\n')}\n{"event_type":"page_visit","timestamp":1710000000}\n`
  const { code } = await footfall(['replay', '-', '--data-dir', dataDir], { input })
  if (code !== 0) throw new Error('the replay failed')
  return dataDir
}

t.test('a cell of CSV that a spreadsheet would run is made harmless', async (t) => {
  const dataDir = await formulas(temporaryFolder(t))
  const { stdout } = await footfall([
    ...['export', '--tier', 'day', '--format', 'csv', '--out', '-'],
    ...['--data-dir', dataDir]
  ])
  t.strictSame(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',')[1]),
    ['item_id', "'+1", "'-1", "'=1+1", "'@SUM(A1)", 'plain']
  )
})

t.test('a file is replaced as a whole, a link’s target too, and what is no file is written to', async (t) => {
  const folder = temporaryFolder(t)
  const dataDir = await formulas(folder)
  const to = (out: string, format = 'csv') =>
    footfall(['export', '--tier', 'month', '--format', format, '--out', out, '--data-dir', dataDir])
  const out = join(folder, 'out.csv')
  writeFileSync(out, 'stale\n'.repeat(1000))
  t.equal((await to(out)).code, 0)
  const text = readFileSync(out, 'utf8')
  t.match(text, /^bucket,item_id,/)
  t.notMatch(text, 'stale')
  const link = join(folder, 'link.csv')
  writeFileSync(out, 'stale')
  symlinkSync(out, link)
  t.equal((await to(link)).code, 0)
  t.ok(lstatSync(link).isSymbolicLink())
  t.equal(readFileSync(out, 'utf8'), text)
  const fifo = join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const [, received] = await Promise.all([to(fifo), readFile(fifo, 'utf8')])
  t.equal(received, text)
  t.equal((await to('/dev/null', 'parquet')).code, 0)
  t.notOk(lstatSync('/dev/null').isFile())
})

t.test('what cannot be done is one clear line, and leaves what is there', async (t) => {
  const folder = temporaryFolder(t)
  const dataDir = await formulas(folder)
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  const out = join(folder, 'out.csv')
  writeFileSync(out, 'stale')
  const run = (args: readonly string[]) => footfall(['export', ...args], { env: { TMPDIR: temporary } })
  const csv = ['--tier', 'day', '--format', 'csv']
  for (const [args, code, line] of [
    [['--tier', 'day', '--format', 'parquet', '--out', '-'], 2, /parquet is written to a file/],
    [[...csv, '--out', out, '--data-dir', join(folder, 'none')], 1, /there is no history in \S+none: /],
    [[...csv, '--out', folder, '--data-dir', dataDir], 1, /cannot write \S+: it is a directory/],
    [[...csv, '--out', join(folder, 'no', 'x.csv'), '--data-dir', dataDir], 1, /no\/x\.csv: .*No such file/]
  ] as const) {
    const finished = await run(args)
    t.equal(finished.code, code)
    t.match(finished.stderr, /^footfall: [^\n]*\n$/)
    t.match(finished.stderr, line)
    t.notMatch(finished.stderr, '.tmp')
    t.equal(finished.stdout, '')
  }
  for (const args of [
    ['--format', 'csv', '--out', out],
    ['--tier', 'day', '--out', out],
    csv,
    [...csv, '--out', out, '--tier', 'year'],
    [...csv, '--out', out, '--format', 'xml']
  ]) {
    const finished = await run(args)
    t.equal(finished.code, 2, args.join(' '))
    t.match(finished.stderr, /^error: [^\n]*\n$/)
  }
  const broken = join(folder, 'broken')
  mkdirSync(broken)
  writeFileSync(join(broken, 'history.duckdb'), 'x'.repeat(5000))
  const finished = await run([...csv, '--out', out, '--data-dir', broken])
  t.equal(finished.code, 1)
  t.match(finished.stderr, /^footfall: the history \S+: it is not a database[^\n]*\n$/)
  t.equal(readFileSync(out, 'utf8'), 'stale')
  t.strictSame(readdirSync(folder).sort(), ['broken', 'data', 'out.csv', 'tmp'])
  t.equal((await run([...csv, '--out', '-', '--data-dir', broken])).code, 1)
  t.equal((await run([...csv, '--out', '-', '--data-dir', dataDir])).code, 0)
  t.strictSame(readdirSync(temporary), [])
})

t.test('what the data directory lives by is not written over', async (t) => {
  const folder = temporaryFolder(t)
  const dataDir = join(folder, 'data')
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, '{"event_type":"page_visit","timestamp":1700000000}\n')
  t.equal((await footfall(['replay', file, '--data-dir', dataDir])).code, 0)
  for (const name of ['history.duckdb', 'history.duckdb.wal', 'dead-letters.jsonl']) {
    const out = join(dataDir, name)
    const args = ['export', '--tier', 'day', '--format', 'csv', '--out', out, '--data-dir', dataDir]
    const { code, stderr } = await footfall(args)
    t.equal(code, 2, name)
    t.match(stderr, /is a file of the data directory itself/)
  }
  t.equal((await footfall(['replay', file, '--data-dir', dataDir])).code, 0, 'it is as it was')
})

t.test('while a server is at work on the directory it is refused', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  writeFileSync(file, '')
  const dataDir = mkdtempSync(join(folder, 'data-'))
  const { end, get } = await startServe(t, [file, '--data-dir', dataDir])
  // It serves before its database is there.
  await get('/v1/history?metric=views')
  const out = join(folder, 'out.csv')
  const args = ['export', '--tier', 'day', '--format', 'csv', '--out', out, '--data-dir', dataDir]
  const { code, stderr } = await footfall(args)
  t.equal(code, 1)
  t.match(stderr, /^footfall: the history \S+: another process \(PID \d+\) has it open\n$/)
  t.notOk(existsSync(out))
  t.equal(await end(), 0)
  t.equal((await footfall(args)).code, 0)
  t.equal(readFileSync(out, 'utf8'), 'bucket,item_id,is_folded,views,cart_adds,purchases,units,revenue\n')
})
