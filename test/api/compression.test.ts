import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { LEAST_COMPRESSED_CHARS } from '../../src/base/limits.js'
import { build } from './build.js'

const URL = '/v1/items/most-viewed?limit=100'
const rows = (count: number) =>
  Array.from({ length: count }, (_, place) => ({
    rank: place + 1,
    item_id: `sku_${place}é`,
    value: 1000 - place,
    formatted: String(1000 - place)
  }))

const DECODE = { br: brotliDecompressSync, gzip: gunzipSync }

t.test('a long text is compressed for who takes it, and is the same text', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = rows(80)
  const plain = await app.inject(URL)
  t.ok(plain.body.length > LEAST_COMPRESSED_CHARS)
  t.equal(plain.headers['content-encoding'], undefined)
  for (const [accepted, encoding] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0.5, gzip', 'gzip']
  ] as const) {
    for (const time of ['first', 'second']) {
      const answer = await app.inject({ url: URL, headers: { 'accept-encoding': accepted } })
      const what = `${accepted}, the ${time} time`
      t.equal(answer.headers['content-encoding'], encoding, what)
      t.equal(DECODE[encoding](answer.rawPayload).toString(), plain.body)
      t.equal(answer.headers['content-length'], String(answer.rawPayload.length))
      t.ok(answer.rawPayload.length < plain.body.length / 2)
      t.equal(answer.headers.vary, 'accept, accept-encoding')
      const head = await app.inject({ url: URL, method: 'HEAD', headers: { 'accept-encoding': accepted } })
      for (const name of ['content-length', 'content-encoding', 'etag', 'vary']) {
        t.equal(head.headers[name], answer.headers[name], `HEAD ${name}`)
      }
      t.equal(head.body, '')
    }
  }
})

t.test('each encoding has its own tag, and any of them is known again', async (t) => {
  const { app, queries } = await build(t)
  queries.rows = rows(80)
  const tags = new Set<string>()
  for (const accepted of ['identity', 'gzip', 'br']) {
    const tag = String(
      (await app.inject({ url: URL, headers: { 'accept-encoding': accepted } })).headers.etag
    )
    tags.add(tag)
    for (const other of ['gzip', 'br', 'identity']) {
      const headers = { 'accept-encoding': other, 'if-none-match': tag }
      const known = await app.inject({ url: URL, headers })
      t.equal(known.statusCode, 304)
      t.equal(known.headers.etag, tag)
      t.equal(known.headers.vary, 'accept, accept-encoding')
      t.equal(known.headers['content-encoding'], undefined)
    }
  }
  t.equal(tags.size, 3)
  queries.rows = rows(79)
  for (const tag of tags) {
    const headers = { 'accept-encoding': 'br', 'if-none-match': tag }
    t.equal((await app.inject({ url: URL, headers })).statusCode, 200, 'when it has changed it is sent')
  }
})

t.test('short texts, and clients that want none, are left alone', async (t) => {
  const { app, queries } = await build(t)
  const short = await app.inject({ url: URL, headers: { 'accept-encoding': 'br, gzip' } })
  t.equal(short.headers['content-encoding'], undefined)
  queries.rows = rows(80)
  for (const accepted of ['', 'identity', 'br;q=0, gzip;q=0', 'deflate', 'x'.repeat(3000)]) {
    const answer = await app.inject({ url: URL, headers: { 'accept-encoding': accepted } })
    t.equal(answer.headers['content-encoding'], undefined, accepted)
    t.equal(answer.json<{ data: unknown[] }>().data.length, 80)
  }
})

t.test('the document is compressed too', async (t) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: '/openapi.json', headers: { 'accept-encoding': 'gzip' } })
  t.equal(answer.headers['content-encoding'], 'gzip')
  t.equal(answer.headers.vary, 'accept-encoding')
  t.match(JSON.parse(gunzipSync(answer.rawPayload).toString()), { openapi: /^3\.1/ })
})
