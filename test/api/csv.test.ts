import t from 'tap'
import { HistoryItemsSchema, HistorySeriesSchema, type HistoryItems } from '../../src/query/history-shapes.js'
import { RejectsSchema, type RejectsAnswer } from '../../src/query/rejects-shape.js'
import { RANKINGS, build, exampleOf } from './build.js'

const CSV = { accept: 'text/csv' }

/** The cells of RFC 4180, by the letter: no product code. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    const cell = match[1]?.replaceAll('""', '"') ?? match[2] ?? ''
    if (match.index === 0 || text.slice(0, match.index).endsWith('\r\n')) {
      if (!isQuoted(text, match.index)) rows.push([])
    }
    rows.at(-1)!.push(cell)
  }
  return rows
}

/** Whether a place is within quotes. */
function isQuoted(text: string, place: number): boolean {
  return (text.slice(0, place).match(/"/g)?.length ?? 0) % 2 === 1
}

t.test('a ranking as CSV: a row a datum, what JSON has in it', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = ['plain', 'say "hi"', 'a,b', 'two\r\nlines', 'ümlaut', '', ' '].map((item_id, place) => ({
    rank: place + 1,
    item_id,
    value: 7 - place,
    formatted: `${7 - place}.00`
  }))
  for (const { url } of RANKINGS.flatMap((ranking) => [ranking, { url: `${ranking.url}?window=5m` }])) {
    const answer = await app.inject({ url, headers: CSV })
    t.equal(answer.statusCode, 200)
    t.match(answer.headers, { 'content-type': 'text/csv; charset=utf-8; header=present', vary: /accept/ })
    t.strictSame(parse(answer.body), [
      ['rank', 'item_id', 'value', 'formatted'],
      ...queries.rows.map(({ rank, item_id, value, formatted }) => [
        String(rank),
        item_id,
        String(value),
        formatted
      ])
    ])
  }
  queries.rows = []
  t.equal(
    (await app.inject({ url: RANKINGS[0]!.url, headers: CSV })).body,
    'rank,item_id,value,formatted\r\n'
  )
})

t.test('what a spreadsheet would run is made harmless, as in exports, and stays distinct', async (t) => {
  const { app, queries } = await build(t)
  const ids = ['=1+1', "'=1+1", '+1', '-1', '@x', '＝1', '\t=1', '\r=1', '\n=1', "''=1", 'a=1', "'a", '1-1']
  queries.rows = ids.map((item_id, place) => ({ rank: place + 1, item_id, value: 1, formatted: '1' }))
  const { body } = await app.inject({ url: '/v1/items/most-viewed?limit=100', headers: CSV })
  const cells = parse(body)
    .slice(1)
    .map(([, id = '']) => id)
  t.strictSame(
    cells,
    ids.map((id) => (/^'*[=+\-@＝\t\r\n]/.test(id) ? `'${id}` : id))
  )
  t.equal(new Set(cells).size, ids.length)
  t.notOk(cells.some((cell) => /^[=+\-@＝\t\r\n]/.test(cell)))
})

t.test('numbers stay numbers, nulls are empty', async (t) => {
  const { app, queries } = await build(t)
  const items = exampleOf(HistoryItemsSchema) as HistoryItems
  const row = { ...items.data[0]!, value: 2n ** 60n, previous: null, previous_rank: null, change: -0.5 }
  queries.historyItems = () => Promise.resolve({ ...items, data: [row] })
  const { body } = await app.inject({ url: '/v1/history/items?metric=views&bucket=2026-11', headers: CSV })
  const [header = [], cells = []] = parse(body)
  const found = Object.fromEntries(header.map((name, column) => [name, cells[column]]))
  t.match(found, { value: '1152921504606846976', previous: '', previous_rank: '', change: '-0.5' })
})

t.test('series and rejected lines are tables too', async (t) => {
  const { app } = await build(t)
  const series = exampleOf(HistorySeriesSchema) as { data: object[] }
  const lines = exampleOf(RejectsSchema) as RejectsAnswer
  for (const [url, { data }] of [
    ['/v1/history?metric=revenue', series],
    ['/v1/rejects', lines]
  ] as const) {
    const rows = parse((await app.inject({ url, headers: CSV })).body)
    t.strictSame(rows[0], Object.keys(data[0]!), url)
    t.equal(rows.length, data.length + 1)
  }
})

t.test('JSON is what everybody else gets, and nobody a 406', async (t) => {
  const { app } = await build(t)
  for (const accept of [
    '*/*',
    'application/json',
    'text/html, */*;q=0.8',
    'image/png',
    'text/csv;q=0',
    '',
    'text/csv;q=0.1, */*'
  ]) {
    const answer = await app.inject({ url: '/v1/items/most-viewed', headers: { accept } })
    t.equal(answer.statusCode, 200, accept)
    t.equal(answer.headers['content-type'], 'application/json; charset=utf-8', accept)
  }
  for (const url of ['/v1/status', '/healthz', '/openapi.json']) {
    t.match((await app.inject({ url, headers: CSV })).headers['content-type'], 'application/json', url)
  }
  const bad = await app.inject({ url: '/v1/items/most-viewed?limit=0', headers: CSV })
  t.match(bad.headers['content-type'], 'application/problem+json')
})

t.test('both forms have tags of their own', async (t) => {
  const { app } = await build(t)
  const url = '/v1/items/most-viewed'
  const [json, csv] = [await app.inject(url), await app.inject({ url, headers: CSV })]
  t.not(json.headers.etag, csv.headers.etag)
  const again = { url, headers: { ...CSV, 'if-none-match': String(csv.headers.etag) } }
  t.equal((await app.inject(again)).statusCode, 304)
  t.equal((await app.inject({ url, headers: { 'if-none-match': String(csv.headers.etag) } })).statusCode, 200)
})
