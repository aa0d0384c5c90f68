import { appendFileSync, cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Connection } from '../../src/clickhouse/connection.js'
import { forget } from '../../src/clickhouse/forget.js'
import { readShared } from '../../src/clickhouse/init.js'
import { CELLS, STATE_KINDS, STATE_TIER } from '../../src/clickhouse/schema.js'
import type { TopItems } from '../../src/query/shapes.js'
import { whyNoClickHouse } from '../support/clickhouse.js'
import { footfall, startServe, statusWhen } from '../support/command.js'
import { FaultyLink } from '../support/faulty-link.js'
import { temporaryFolder } from '../support/pipelines.js'
import { initialised, shippingArgs, startGateway, topWhen, untilNone, viewsOf, visit } from './small-shop.js'

const skip = whyNoClickHouse() ?? false

/** A server that has the tables, and a folder with a file of some lines. */
async function shopOf(t: Test, lines: string) {
  const server = await initialised(t)
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, lines)
  return { server, folder, file }
}

t.test('one name is one data directory, until it is forgotten', { skip }, async (t) => {
  const { server, folder, file } = await shopOf(t, visit('a'))
  const ship = (dataDir: string) =>
    footfall(['replay', ...shippingArgs(server, file, 'a', join(folder, dataDir))])
  t.match(await ship('d'), { code: 0, stderr: '' })
  cpSync(join(folder, 'd'), join(folder, 'backup'), { recursive: true })
  appendFileSync(file, visit('b'))
  t.match(await ship('d'), { code: 0, stderr: '' })

  const another = await ship('another')
  t.match(another.stderr, /nothing is shipped as a: the name belongs to another data directory/)
  const older = await ship('backup')
  t.match(older.stderr, /it is an older copy. Take another --collector, or remove/)

  t.match(await footfall(['clickhouse', 'forget', 'nobody', '--clickhouse', server.url]), {
    code: 2,
    stderr: /has nothing of a collector nobody/
  })
  const forgotten = await footfall(['clickhouse', 'forget', 'a', '--clickhouse', server.url])
  t.match(forgotten, { code: 0, stdout: /^what a had shipped to ClickHouse at .* is removed\n$/ })
  t.match(await ship('another'), { code: 0, stderr: '' })
  t.strictSame(await viewsOf(await startGateway(t, server)), [
    ['a', 1],
    ['b', 1]
  ])
})

t.test('tables that were dropped and made again get everything once more', { skip }, async (t) => {
  const { server, folder, file } = await shopOf(t, visit('a'))
  const seed = await server.rows("SELECT value FROM footfall_settings WHERE name = 'seed'")
  const args = shippingArgs(server, file, 'a', join(folder, 'd'))
  t.equal((await footfall(['replay', ...args])).code, 0)
  await fetch(server.url, { method: 'POST', body: 'DROP TABLE footfall_cells' })
  await fetch(server.url, { method: 'POST', body: 'DROP TABLE footfall_settings' })
  const made = await footfall([
    'clickhouse',
    'init',
    '--clickhouse',
    server.url,
    '--data-dir',
    join(folder, 'd')
  ])
  t.equal(made.code, 0, made.stderr)
  t.strictSame(await server.rows("SELECT value FROM footfall_settings WHERE name = 'seed'"), seed)
  t.equal((await footfall(['replay', ...args])).code, 0)
  const gateway = await startGateway(t, server)
  const { data } = await topWhen(t, gateway, () => true)
  t.match(data, [{ item_id: 'a', value: 1 }])
})

t.test(
  'while ClickHouse is away the collector goes on, and says its lag; the gateway says it too',
  { skip },
  async (t) => {
    const { server, folder, file } = await shopOf(t, visit('a'))
    const link = await FaultyLink.to(t, server.url)
    const shipping = ['--clickhouse', link.url, '--collector', 'a', '--data-dir', join(folder, 'd')]
    const collector = await startServe(t, [file, ...shipping, '--commit-interval', '0.1'])
    const gateway = await startGateway(t, link)
    await topWhen(t, gateway, ({ data }) => data[0]?.value === 1)
    const metrics = await (await fetch(`${collector.url}/metrics`)).text()
    t.match(metrics, /^footfall_shipping_lag_seconds 0$/m)

    link.state = 'refused'
    link.cut()
    appendFileSync(file, visit('a'))
    const away = await statusWhen(
      collector,
      ({ shipping }) => (shipping?.lag_commits ?? 0) > 0 && shipping?.error !== null
    )
    t.match(away.shipping, { collector: 'a', error: /ClickHouse at 127\.0\.0\.1/ })
    t.ok((away.shipping?.lag_seconds ?? 0) > 0)
    t.equal(away.accounting.lines, 2, 'it goes on counting')
    t.match(collector.stderr(), /what is counted stays here and is shipped later/)
    await statusWhen(gateway, ({ degraded }) => degraded !== null)
    const kept = (await gateway.get('/v1/items/most-viewed')) as TopItems
    t.equal(kept.data[0]?.value, 1, 'answers are those of before')
    const asked = await fetch(`${gateway.url}/v1/top-items?metric=units&window=3h`)
    t.equal(asked.status, 503)

    link.state = 'open'
    await topWhen(t, gateway, ({ data }) => data[0]?.value === 2)
    const back = await statusWhen(collector, ({ shipping }) => shipping?.lag_seconds === 0)
    t.match(back.shipping, { lag_commits: 0, error: null })
    t.match(collector.stderr(), /ClickHouse answers again: shipping goes on/)
    await statusWhen(gateway, ({ degraded }) => degraded === null)
  }
)

t.test(
  'what ClickHouse has lost is noticed, and shipped again once the rest is forgotten',
  { skip },
  async (t) => {
    const { server, folder, file } = await shopOf(t, visit('a'))
    const args = ['replay', ...shippingArgs(server, file, 'a', join(folder, 'd'))]
    t.match(await footfall(args), { code: 0, stderr: '' })
    const run = (body: string) => fetch(server.url, { method: 'POST', body })
    await run('CREATE TABLE older AS footfall_cells')
    await run('INSERT INTO older SELECT * FROM footfall_cells')
    appendFileSync(file, visit('a') + visit('b'))
    t.match(await footfall(args), { code: 0, stderr: '' })
    await run('DROP TABLE footfall_cells')
    await run('RENAME TABLE older TO footfall_cells')
    appendFileSync(file, visit('c'))
    t.match(await footfall(args), {
      code: 1,
      stderr: /less is there than had arrived: a part of it has been lost/
    })
    t.match(await footfall(['clickhouse', 'forget', 'a', '--clickhouse', server.url]), {
      code: 0,
      stderr: ''
    })
    t.match(await footfall(args), { code: 0, stderr: '' })
    t.strictSame(await viewsOf(await startGateway(t, server)), [
      ['a', 2],
      ['b', 1],
      ['c', 1]
    ])
  }
)

t.test('a collector at work is not forgotten, nor does another take its name', { skip }, async (t) => {
  const { server, folder, file } = await shopOf(t, visit('a'))
  const args = (dataDir: string) => shippingArgs(server, file, 'a', join(folder, dataDir))
  const collector = await startServe(t, args('d'))
  await statusWhen(collector, ({ shipping }) => shipping?.lag_seconds === 0 && shipping.commit > 0)
  t.match(await footfall(['clickhouse', 'forget', 'a', '--clickhouse', server.url]), {
    code: 2,
    stderr: /the collector a was heard of within the last 15 seconds: end it first/
  })
  t.match(await footfall(['replay', ...args('other')]), {
    code: 1,
    stderr: /nothing is shipped as a: the name belongs to another data directory/
  })
  t.equal(await collector.end(), 0)
  t.match(await footfall(['clickhouse', 'forget', 'a', '--clickhouse', server.url]), { code: 0 })
})

t.test('one that is forgotten while it is at work ships everything anew', { skip }, async (t) => {
  const { server, folder, file } = await shopOf(t, visit('a') + visit('b'))
  const collector = await startServe(t, shippingArgs(server, file, 'a', join(folder, 'd')))
  await statusWhen(collector, ({ shipping }) => shipping?.lag_seconds === 0 && shipping.commit > 0)
  // As of one that stood still, or whose clock is behind.
  await server.run(`INSERT INTO ${CELLS} (tier, kind, collector, version, state)
    VALUES (${STATE_TIER}, ${STATE_KINDS.heartbeat}, 'a', ${2n ** 60n}, '{"atMs":0,"isEnded":false}')`)
  const forgotten = await footfall(['clickhouse', 'forget', 'a', '--clickhouse', server.url])
  // It may be quick enough that there is never nothing.
  t.match(forgotten.stderr, /^$|the collector a is at work again: .* it ships everything anew/)
  appendFileSync(file, visit('c'))
  await statusWhen(
    collector,
    ({ shipping, accounting }) => shipping?.lag_seconds === 0 && accounting.lines === 3
  )
  const gateway = await startGateway(t, server)
  await topWhen(t, gateway, ({ data }) => data.length === 3)
  t.match(await gateway.get('/v1/status'), { accounting: { accepted: 3 }, collectors: [{ name: 'a' }] })
  t.match(
    collector.stderr(),
    /^footfall: what was shipped as a is not in ClickHouse any more, or not all of it\n$/
  )

  // What came after a removal, of one that had not seen it, is not taken for all that it has.
  t.equal(await collector.end(), 0)
  await server.run(`ALTER TABLE ${CELLS} DELETE WHERE collector = 'a' AND item = 'b'`)
  await untilNone(server, `SELECT count() FROM ${CELLS} WHERE item = 'b'`)
  await server.run(`INSERT INTO ${CELLS} (tier, kind, collector, version, state)
    VALUES (${STATE_TIER}, ${STATE_KINDS.forgotten}, 'a', ${2n ** 60n}, '{"version":"${2n ** 60n}"}')`)
  const { data, meta } = await topWhen(t, gateway, ({ meta }) => !meta.exact)
  t.equal(data.length, 2)
  t.match(meta.inexact, /^of the collector a not all up to its last commit is there/)
  t.match(await footfall(['replay', ...shippingArgs(server, file, 'a', join(folder, 'd'))]), {
    code: 0,
    stderr: ''
  })
  await topWhen(t, gateway, ({ meta }) => meta.exact)
  t.strictSame(await viewsOf(gateway), [
    ['a', 1],
    ['b', 1],
    ['c', 1]
  ])

  // Those who are no more leave the answers their room.
  for (let other = 0; other < 20; other++) {
    await server.run(`INSERT INTO ${CELLS} (tier, kind, collector, version, state)
      VALUES (${STATE_TIER}, ${STATE_KINDS.forgotten}, 'other-${other}', 1, '{"version":"1"}')`)
  }
  for (const path of ['history/items?metric=views&bucket=2026-11-20&limit=2', 'items/most-viewed?limit=2']) {
    const answer = (await gateway.get(`/v1/${path}`)) as TopItems
    t.match(answer, { meta: { total_items: 3, collectors: [{ name: 'a' }] } }, path)
    t.equal(answer.data.length, 2, path)
  }
})

t.test('a removal that takes too long says so, and may be ordered again', { skip }, async (t) => {
  const { server, folder, file } = await shopOf(t, visit('a'))
  const args = ['replay', ...shippingArgs(server, file, 'a', join(folder, 'd'))]
  t.match(await footfall(args), { code: 0, stderr: '' })
  const connection = new Connection({ url: server.url })
  t.teardown(() => connection.close())
  const [[version] = []] = await server.rows('SELECT version()')
  if (String(version).startsWith('18.')) {
    await server.run('SYSTEM STOP MERGES')
    await t.rejects(forget(connection, await readShared(connection), 'a', 300), {
      code: 'server',
      message:
        /rows of a may still be in ClickHouse at .* after 0.3 seconds: try again later, before it is started/
    })
    await server.run('SYSTEM START MERGES')
  } else {
    t.comment(`${String(version)} removes rows while merges are stopped, too`)
  }
  await forget(connection, await readShared(connection), 'a')
  t.match(await footfall(args), { code: 0, stderr: '' })
  t.strictSame(await viewsOf(await startGateway(t, server)), [['a', 1]])
})

t.test('of two that begin under one name at the same time one ships', { skip }, async (t) => {
  const server = await initialised(t)
  const folder = temporaryFolder(t)
  const ends = await Promise.all(
    ['x', 'y'].map((item) => {
      const file = join(folder, `${item}.jsonl`)
      writeFileSync(file, visit(item))
      const dataDir = join(folder, item)
      return footfall(['replay', file, '--clickhouse', server.url, '--collector', 'a', '--data-dir', dataDir])
    })
  )
  t.strictSame(ends.map(({ code }) => code).sort(), [0, 1])
  t.match(ends.map(({ stderr }) => stderr).join(''), /the name belongs to another data directory/)
  const gateway = await startGateway(t, server)
  const { data } = await topWhen(t, gateway, () => true)
  t.strictSame(
    data.map(({ item_id: id }) => id),
    [ends[0]?.code === 0 ? 'x' : 'y']
  )
})

t.test(
  'a gateway answers before anything has been shipped, and knows who has nothing yet',
  { skip },
  async (t) => {
    const server = await initialised(t)
    const gateway = await startGateway(t, server)
    t.match(await gateway.get('/v1/status'), { state: 'waiting', accounting: { lines: 0 }, collectors: [] })
    t.match(await gateway.get('/v1/items/most-viewed'), { data: [], meta: { now: null, collectors: [] } })
    const folder = temporaryFolder(t)
    const file = join(folder, 'a.jsonl')
    writeFileSync(file, '')
    await startServe(t, shippingArgs(server, file, 'a', join(folder, 'd')))
    const { collectors, warnings } = await statusWhen(
      gateway,
      (status) => (status.collectors?.length ?? 0) > 0
    )
    t.match(collectors, [{ name: 'a', status: 'late', now: null, lag_seconds: null, commit: 0 }])
    t.strictSame(warnings, ['the collector a has no events yet'])
  }
)
