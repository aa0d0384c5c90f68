import { brotliDecompressSync } from 'node:zlib'
import t from 'tap'
import { build } from './build.js'

const FILES = [
  ['/', /^text\/html/],
  ['/dashboard.js', /^text\/javascript/],
  ['/dashboard.css', /^text\/css/]
] as const

t.test('the dashboard is served, and known again', async (t) => {
  const { app } = await build(t)
  for (const [url, type] of FILES) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode, 200)
    t.match(answer.headers['content-type'], type)
    t.match(answer.headers['content-security-policy'], /^default-src 'none'; script-src 'self';/)
    t.notMatch(answer.headers['content-security-policy'], /unsafe/)
    const again = await app.inject({ url, headers: { 'if-none-match': String(answer.headers.etag) } })
    t.strictSame([again.statusCode, again.body], [304, ''])
    t.equal((await app.inject(`${url}?limit=1`)).statusCode, 400)
  }
})

t.test('its script stays below 60 KB', async (t) => {
  const { app } = await build(t)
  const headers = { 'accept-encoding': 'br' }
  const { rawPayload, headers: answered } = await app.inject({ url: '/dashboard.js', headers })
  t.equal(answered['content-encoding'], 'br')
  t.ok(rawPayload.length < 60_000, `${rawPayload.length} bytes`)
  t.match(brotliDecompressSync(rawPayload).toString(), /\/v1\/stream/)
})

t.test('the page is for the holder of the token alone', async (t) => {
  const { app } = await build(t, { token: 'secret' })
  for (const [url] of FILES) t.equal((await app.inject(url)).statusCode, 401)
})
