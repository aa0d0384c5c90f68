import t from 'tap'
import { RANKINGS, build } from './build.js'

t.test('a headline answer is asked about again, and is not sent twice', async (t) => {
  for (const token of [undefined, 'x']) {
    const { app, queries } = await build(t, { token })
    const authorization = 'Bearer x'
    for (const url of RANKINGS.flatMap((ranking) => [ranking.url, `${ranking.url}?window=5m&limit=1`])) {
      const first = await app.inject({ url, headers: { authorization } })
      t.equal(first.headers['cache-control'], token === undefined ? 'no-cache' : 'private, no-cache')
      t.equal(first.headers.vary, 'accept, accept-encoding')
      const etag = String(first.headers.etag)
      t.match(etag, /^"[\w-]{22}"$/)
      const again = { url, headers: { authorization, 'if-none-match': etag } }
      for (const method of ['GET', 'HEAD'] as const) {
        const known = await app.inject({ ...again, method })
        t.equal(known.statusCode, 304)
        t.equal(known.body, '')
        t.equal(known.headers.etag, etag)
        t.equal(known.headers['cache-control'], first.headers['cache-control'])
      }
      const [row] = queries.rows
      queries.rows = [{ ...row!, value: Number(row!.value) + 1 }, ...queries.rows.slice(1)]
      const changed = await app.inject(again)
      t.equal(changed.statusCode, 200)
      t.not(changed.headers.etag, etag)
    }
  }
})

t.test('two servers with the same answer have the same tag', async (t) => {
  const tags = await Promise.all(
    [1, 2].map(async () => (await (await build(t)).app.inject('/v1/items/most-viewed')).headers.etag)
  )
  t.equal(tags[0], tags[1])
})

t.test('HEAD says what GET would, on every route', async (t) => {
  const { app } = await build(t)
  const urls = [
    '/v1/status',
    '/v1/rejects',
    '/v1/history?metric=views',
    '/healthz',
    '/readyz',
    '/openapi.json'
  ]
  for (const url of [...urls, '/docs', ...RANKINGS.map((ranking) => ranking.url)]) {
    const [get, head] = [await app.inject(url), await app.inject({ url, method: 'HEAD' })]
    t.equal(head.statusCode, get.statusCode, url)
    t.equal(head.body, '')
    t.equal(head.headers['content-length'], String(get.rawPayload.length), url)
    for (const name of ['content-type', 'etag', 'cache-control', 'vary']) {
      t.equal(head.headers[name], get.headers[name], `${url} ${name}`)
    }
  }
})
