import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { GRANULARITIES, parseBucket } from '../../src/base/civil-date.js'
import { Database } from '../../src/history/database.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { exportTier, type ExportFormat } from '../../src/history/export.js'
import { OTHER_ITEM } from '../../src/history/history.js'
import { OPTIONS } from './histories.js'
import { columnsOf, ShopModel } from './shop-model.js'
import { packIds } from '../../src/store/item-ids.js'

const IDS = [
  'plain',
  '=cmd()',
  '+1',
  '-1',
  '@a',
  '\tb',
  '\rc',
  "quote'd",
  'a,"b"',
  '😀',
  "'=x",
  'mid=dle',
  '\nd',
  '＝e',
  '(other)'
]
const DAYS = ['2026-11-20', '2026-12-31', '2027-01-01', '1970-01-01', '2024-02-29']
const BIG = 2n ** 63n + 1n
const CONTENT = { memoryLimitMb: 128 }

/** A history with an amount of every item in every day, in two rows, one of them of (other). */
async function made(t: Test): Promise<{ path: string; directory: string }> {
  const directory = t.testdir()
  const path = join(directory, 'history.db')
  const history = await openDuckDbHistory({ ...OPTIONS, path, keepDays: 1e6, keepWeeks: 1e6 })
  const model = new ShopModel({ timeZone: 'UTC', startMs: Date.UTC(2027, 0, 1), items: 1, maxStepMinutes: 1 })
  const rows = DAYS.flatMap((name) =>
    [0, OTHER_ITEM, ...IDS.map((_, place) => place + 1)].flatMap((item) => [
      { day: parseBucket(name)!.start, item, amounts: [1n, 2n, 3n, 4n, BIG] },
      { day: parseBucket(name)!.start, item, amounts: [1n, 0n, 0n, 0n, 1n] }
    ])
  )
  await history.commit({
    ...model.commit(),
    days: columnsOf(rows),
    newItems: { first: 1, ids: packIds(IDS) }
  })
  await history.close()
  return { path, directory }
}

type Row = [bucket: string, id: string | null, isFolded: boolean, amounts: bigint[]]

/** What an export must hold, in order: an item of that name, then what is folded. */
function expected(buckets: readonly (readonly [string, number])[]): Row[] {
  const ids = [...IDS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const rows = [null, ...ids].flatMap((id): [string | null, boolean][] =>
    id === '(other)'
      ? [
          [id, false],
          [id, true]
        ]
      : [[id, false]]
  )
  return buckets.flatMap(([bucket, days]) =>
    rows.map(([id, isFolded]): Row => [
      bucket,
      id,
      isFolded,
      [2n, 2n, 3n, 4n, BIG + 1n].map((amount) => amount * BigInt(days))
    ])
  )
}

const BUCKETS = {
  day: [...DAYS].sort().map((name) => [name, 1] as const),
  month: [
    ['1970-01', 1],
    ['2024-02', 1],
    ['2026-11', 1],
    ['2026-12', 1],
    ['2027-01', 1]
  ]
} as const

/** Rows of a file as DuckDB reads them back. */
async function read(sql: string): Promise<unknown[][]> {
  const database = await Database.open({ path: null, memoryLimitMb: 64 })
  const rows = await database.rows(sql)
  database.close()
  return rows
}

t.test('parquet and JSON lines hold every bucket and item, exactly and in order', async (t) => {
  const { path, directory } = await made(t)
  for (const tier of ['day', 'month'] as const) {
    for (const format of ['parquet', 'jsonl'] as const) {
      const out = join(directory, `out's.${format}`)
      const { rows } = await exportTier(path, { ...CONTENT, tier, format, out })
      const wanted = expected(BUCKETS[tier])
      t.equal(rows, wanted.length)
      if (format === 'jsonl') {
        const lines = readFileSync(out, 'utf8').trimEnd().split('\n')
        t.strictSame(
          lines.map((line) => {
            const row = JSON.parse(line) as { bucket: string; item_id: string | null; is_folded: boolean }
            return [row.bucket, row.item_id, row.is_folded]
          }),
          wanted.map(([bucket, id, isFolded]) => [bucket, id, isFolded])
        )
        t.match(lines[0], new RegExp(`"revenue":${BIG + 1n}}$`), 'numbers keep their digits')
      } else {
        const found = await read(`SELECT * FROM read_parquet('${out.replaceAll("'", "''")}')`)
        t.strictSame(
          found,
          wanted.map(([bucket, id, isFolded, amounts]) => [bucket, id, isFolded, ...amounts])
        )
      }
    }
  }
})

t.test('what does not fit into 64 bits is refused, not rounded', async (t) => {
  const { path, directory } = await made(t)
  const out = join(directory, 'weeks.parquet')
  // Two days of one week.
  await t.rejects(exportTier(path, { ...CONTENT, tier: 'week', format: 'parquet', out }), { code: 'output' })
})

t.test('in CSV no cell is a formula', async (t) => {
  const { path, directory } = await made(t)
  const out = join(directory, 'out.csv')
  await exportTier(path, { ...CONTENT, tier: 'day', format: 'csv', out })
  const text = readFileSync(out, 'utf8')
  t.equal(text.split('\n')[0], 'bucket,item_id,is_folded,views,cart_adds,purchases,units,revenue')
  const rows = await read(
    `SELECT item_id FROM read_csv('${out}', all_varchar = true, new_line = '\\n') LIMIT ${IDS.length + 2}`
  )
  const ids = rows.map(([id]) => id as string | null)
  for (const id of ids) t.notMatch(id ?? '', /^[=+\-@＝＋－＠\t\r\n]/, JSON.stringify(id))
  for (const id of IDS)
    t.ok(ids.includes(/^'*[=+\-@＝＋－＠\t\r\n]/.test(id) ? `'${id}` : id), JSON.stringify(id))
})

t.test('an empty history exports a file without rows', async (t) => {
  const directory = t.testdir()
  const path = join(directory, 'history.db')
  await (await openDuckDbHistory({ ...OPTIONS, path })).close()
  for (const tier of GRANULARITIES) {
    for (const format of ['parquet', 'csv', 'jsonl'] as ExportFormat[]) {
      const out = join(directory, `empty.${format}`)
      t.strictSame(await exportTier(path, { ...CONTENT, tier, format, out }), { rows: 0 })
    }
  }
})

t.test('what cannot be read or written is told apart, in one line', async (t) => {
  const { path, directory } = await made(t)
  const options = { ...CONTENT, tier: 'day', format: 'csv' } as const
  await t.rejects(exportTier(path, { ...options, out: join(directory, 'absent', 'out.csv') }), {
    code: 'output',
    message: /^cannot export to [^\n]+$/
  })
  await t.rejects(exportTier(join(directory, 'absent.db'), { ...options, out: join(directory, 'x') }), {
    code: 'history',
    message: /^[^\n]+absent.db[^\n]+$/
  })
})
