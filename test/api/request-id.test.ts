import t from 'tap'
import { build } from './build.js'

const NEW = /^[\w-]{12}-[\da-z]+$/

t.test('every answer names its request, each another one', async (t) => {
  const { app } = await build(t, { token: 'x' })
  const ids = new Set<unknown>()
  const urls = ['/healthz', '/v1/status', '/nowhere', '/%zz', '/docs/', `/v1/items/${'a'.repeat(800)}`]
  for (const url of urls) {
    const id = (await app.inject(url)).headers['x-request-id']
    t.match(id, NEW, url)
    ids.add(id)
  }
  t.equal(ids.size, urls.length)
})

t.test('a name that the client gives is kept when it is sane', async (t) => {
  const { app } = await build(t)
  const named = async (id: string) =>
    (await app.inject({ url: '/v1/status', headers: { 'x-request-id': id } })).headers['x-request-id']
  for (const id of ['a', 'trace-1.2_3', 'x'.repeat(64)]) t.equal(await named(id), id)
  for (const id of ['', ' ', 'a b', 'x'.repeat(65), 'a"b', '<b>', 'é', 'a,b', '{"level":50}']) {
    t.match(await named(id), NEW, id)
  }
})
