import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { build } from './build.js'

interface RouteSchema {
  readonly hide?: boolean
  readonly operationId?: string
  readonly summary?: string
  readonly querystring?: { additionalProperties?: boolean }
  readonly response?: Record<string, unknown>
}

t.test('every route has a summary, a closed query and the schemas of its answers', async (t) => {
  const routes: RouteOptions[] = []
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', (route) => void routes.push(route))
  }
  subscribe('fastify.initialization', watch)
  const { app } = await build(t)
  unsubscribe('fastify.initialization', watch)
  await app.ready()

  // The pages of the UI belong to their plugin; the dashboard is a page, no part of the API.
  const own = routes.filter((route) => !/^\/(?:docs(?:\/|$)|dashboard\.|$)/.test(route.url))
  t.equal(own.filter((route) => route.method === 'GET').length, 18)
  for (const route of own) {
    const where = `${String(route.method)} ${route.url}`
    const schema = (route.schema ?? {}) as RouteSchema
    t.notOk(schema.hide, where)
    t.ok(schema.summary, where)
    t.ok(schema.operationId, where)
    t.equal(schema.querystring?.additionalProperties, false, where)
    t.ok(schema.response?.['200'], where)
    t.ok(schema.response?.['400'], where)
  }
})

t.test('the application trusts no proxy', async (t) => {
  const { app } = await build(t)
  app.get('/whence', (request) => ({ ip: request.ip, host: request.host }))
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' }
  t.match((await app.inject({ url: '/whence', headers })).json(), { ip: '127.0.0.1', host: /^localhost/ })
})

t.test('a part of a path that is too long is refused', async (t) => {
  const { app } = await build(t)
  app.get('/one/:id', () => 'x')
  t.equal((await app.inject(`/one/${'%61'.repeat(256)}`)).statusCode, 200)
  t.equal((await app.inject(`/one/${'a'.repeat(769)}`)).statusCode, 414)
})

t.test('while it answers, requests that are expected leave no log', async (t) => {
  const { app, logged } = await build(t)
  for (const url of ['/v1/items/most-viewed', '/v1/items/most-viewed?limit=0', '/nowhere', '/docs']) {
    await app.inject(url)
  }
  t.same(logged, [])
})
