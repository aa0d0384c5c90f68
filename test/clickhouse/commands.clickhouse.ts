import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { ClickHouseServer, whyNoClickHouse } from '../support/clickhouse.js'
import { footfall } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { initialised, startGateway, topWhen, viewsOf, visit } from './small-shop.js'

const skip = whyNoClickHouse() ?? false

t.test('what does not go together is wrong usage', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, visit('a'))
  const url = 'http://127.0.0.1:9'
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['replay', file, '--collector', 'a'], 2, /--collector needs --clickhouse/],
    [['replay', file, '--clickhouse', url], 2, /--clickhouse needs --collector/],
    [['replay', file, '--clickhouse', url, '--collector', 'a'], 2, /--clickhouse needs --data-dir/],
    [['replay', file, '--clickhouse', 'nowhere', '--collector', 'a'], 2, /It must be a URL/],
    [
      ['replay', file, '--clickhouse', 'http://me:secret@host', '--collector', 'a'],
      2,
      /FOOTFALL_CLICKHOUSE_USER/
    ],
    [['replay', file, '--clickhouse', `${url}/?password=secret`, '--collector', 'a'], 2, /more in it than/],
    [['replay', file, '--clickhouse', url, '--collector', 'a b'], 2, /letters, digits/],
    [['gateway'], 2, /--clickhouse/],
    [['clickhouse', 'init', '--clickhouse', url, '--cluster', "a'b"], 2, /letters, digits/],
    // A new data directory needs the seed of all.
    [
      ['replay', file, '--clickhouse', url, '--collector', 'a', '--data-dir', join(folder, 'd')],
      1,
      /ClickHouse at 127\.0\.0\.1:9: /
    ],
    [['gateway', '--clickhouse', url], 1, /ClickHouse at 127\.0\.0\.1:9: /]
  ]
  for (const [args, code, message] of cases) {
    const found = await footfall(args)
    t.equal(found.code, code, args.join(' '))
    t.match(found.stderr, message)
    t.notMatch(found.stderr, /secret| at .*\.js/)
  }
})

t.test(
  'without tables nothing is shipped or answered, and it is said how they are made',
  { skip },
  async (t) => {
    const server = await ClickHouseServer.start(t)
    const folder = temporaryFolder(t)
    const file = join(folder, 'a.jsonl')
    writeFileSync(file, visit('a'))
    const shipping = ['--clickhouse', server.url, '--collector', 'a', '--data-dir', join(folder, 'd')]
    for (const args of [
      ['replay', file, ...shipping],
      ['gateway', '--clickhouse', server.url]
    ]) {
      const { code, stderr } = await footfall(args)
      t.equal(code, 2)
      t.match(stderr, /has no tables of footfall: make them with footfall clickhouse init/)
    }
  }
)

t.test('tables of another version are refused, and half of a cluster is none', { skip }, async (t) => {
  const server = await initialised(t)
  await server.run(
    "INSERT INTO footfall_settings (name, value, version) VALUES ('schema_version', '1', 9223372036854775808)"
  )
  for (const command of [['gateway'], ['clickhouse', 'init'], ['clickhouse', 'forget', 'a']]) {
    const { code, stderr } = await footfall([...command, '--clickhouse', server.url])
    t.equal(code, 2)
    t.match(
      stderr,
      /the tables in ClickHouse have version 1, this footfall needs 2: use the footfall that made them, or/
    )
  }
  for (const table of ['cells', 'settings']) await server.run(`DROP TABLE footfall_${table}`)
  await server.run('CREATE TABLE footfall_cells_local (item String) ENGINE = Memory')
  t.match(await footfall(['clickhouse', 'init', '--clickhouse', server.url]), {
    code: 2,
    stderr: /has a part of the tables of a cluster: name it with --cluster/
  })
})

t.test('collectors of another zone or currency are refused', { skip }, async (t) => {
  const server = await initialised(t)
  const folder = temporaryFolder(t)
  const file = join(folder, 'a.jsonl')
  writeFileSync(file, visit('a'))
  const shipping = ['--clickhouse', server.url, '--collector', 'a', '--data-dir', join(folder, 'd')]
  const zone = await footfall(['replay', file, ...shipping, '--time-zone', 'Europe/Berlin'])
  t.match(zone, { code: 2, stderr: /of --time-zone UTC, not Europe\/Berlin/ })
  const again = await footfall(['clickhouse', 'init', '--clickhouse', server.url, '--currency', 'EUR'])
  t.match(again, { code: 2, stderr: /of --currency USD, not EUR/ })
})

t.test(
  'a history that was there before is shipped whole, and those after it have its seed',
  { skip },
  async (t) => {
    const server = await ClickHouseServer.start(t)
    const folder = temporaryFolder(t)
    const [file, other] = [join(folder, 'a.jsonl'), join(folder, 'b.jsonl')]
    const data = (name: string) => join(folder, name)
    writeFileSync(file, visit('a') + visit('a') + visit('b'))
    writeFileSync(other, visit('b') + visit('b'))
    t.equal((await footfall(['replay', file, '--data-dir', data('one')])).code, 0)
    const made = await footfall(['clickhouse', 'init', '--clickhouse', server.url, '--data-dir', data('one')])
    t.equal(made.code, 0, made.stderr)
    const ship = (source: string, name: string) =>
      footfall(['replay', source, '--clickhouse', server.url, '--collector', name, '--data-dir', data(name)])
    t.match(await ship(file, 'one'), { code: 0, stderr: '' })
    t.match(await ship(other, 'two'), { code: 0, stderr: '' })

    const gateway = await startGateway(t, server)
    t.strictSame(await viewsOf(gateway), [
      ['b', 3],
      ['a', 2]
    ])
    const summary = (await gateway.get('/v1/summary')) as { data: { active_customers: unknown } }
    t.match(summary.data.active_customers, { '24h': { value: 1 } }, 'the customer of both is one')

    t.equal((await footfall(['replay', file, '--data-dir', data('alone')])).code, 0)
    const alone = await ship(file, 'alone')
    t.equal(alone.code, 1, 'not all was shipped')
    t.match(alone.stderr, /the data directory was made with another seed than that of ClickHouse/)
  }
)

t.test(
  'a collector that is late is said to be, and what only collectors have is said to be there',
  { skip },
  async (t) => {
    const server = await initialised(t)
    const folder = temporaryFolder(t)
    for (const [name, minute] of [
      ['early', 0],
      ['recent', 30]
    ] as const) {
      const file = join(folder, `${name}.jsonl`)
      writeFileSync(file, visit('a', minute))
      const shipping = ['--clickhouse', server.url, '--collector', name, '--data-dir', join(folder, name)]
      t.equal((await footfall(['replay', file, ...shipping])).code, 0)
    }
    const gateway = await startGateway(t, server)
    const { meta } = await topWhen(t, gateway, () => true)
    t.match(meta.collectors, [
      { name: 'early', status: 'late', now: '2026-11-20T10:00:00.000Z', lag_seconds: 1800, commit: 1 },
      { name: 'recent', status: 'current', now: '2026-11-20T10:30:00.000Z', lag_seconds: 0 }
    ])
    const { warnings, state } = (await gateway.get('/v1/status')) as Status
    t.strictSame(warnings, [
      'the collector early is late: its clock is at 2026-11-20T10:00:00.000Z, 1800 s behind'
    ])
    t.equal(state, 'live')
    const rejects = await fetch(`${gateway.url}/v1/rejects`)
    t.equal(rejects.status, 501)
    t.match(await rejects.json(), {
      detail: 'Each collector keeps its own rejected lines: ask it.'
    })
    for (const path of ['/', '/readyz', '/v1/stream', '/metrics']) {
      const abort = new AbortController()
      const { status } = await fetch(`${gateway.url}${path}`, { signal: abort.signal })
      t.equal(status, 200, path)
      abort.abort()
    }
    rmSync(folder, { recursive: true, force: true })
  }
)
