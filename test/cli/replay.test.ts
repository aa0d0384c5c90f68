import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { footfall } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const SAMPLES = fileURLToPath(new URL('../../../samples/', import.meta.url))
const SAMPLE = join(SAMPLES, 'events.jsonl')
const DIRTY = join(SAMPLES, 'dirty.jsonl')

interface Replayed {
  readonly most_viewed: {
    readonly data: readonly { readonly item_id: string; readonly value: number }[]
    readonly meta: Record<string, unknown>
  }
  readonly accounting: Record<string, unknown>
  readonly clock: { readonly now: string | null }
  readonly bytes: number
  readonly workers: number
  readonly elapsed_ms: number
}

/** The JSON output without the two members that may differ from run to run. */
function lasting(stdout: string): string {
  return stdout.replace(/"workers":\d+,"elapsed_ms":\d+/, '')
}

t.test('replay --json prints one object, the same bytes for any workers and chunks', async (t) => {
  const outputs = new Set<string>()
  for (const [workers, chunkSize] of [
    [1, 1024],
    [2, 65536],
    [4, 4 * 1024 * 1024]
  ]) {
    const { code, stdout, stderr } = await footfall([
      'replay',
      SAMPLE,
      '--json',
      '--workers',
      String(workers),
      '--chunk-size',
      String(chunkSize)
    ])
    t.equal(code, 0)
    t.equal(stderr, '')
    const result = JSON.parse(stdout) as Replayed
    t.strictSame(Object.keys(result), [
      'most_viewed',
      'most_carted',
      'top_grossing',
      'accounting',
      'clock',
      'bytes',
      'workers',
      'elapsed_ms'
    ])
    t.equal(result.workers, workers)
    t.equal(result.bytes, readFileSync(SAMPLE).length)
    outputs.add(lasting(stdout))
  }
  t.equal(outputs.size, 1)
})

t.test(
  'the dirty sample comes to its expected accounting, from a file, a pipe and in any chunks',
  async (t) => {
    const expected = JSON.parse(readFileSync(join(SAMPLES, 'dirty.expected.json'), 'utf8')) as Record<
      string,
      unknown
    >
    const folder = temporaryFolder(t)
    const runs = [
      footfall(['replay', DIRTY, '--json', '--data-dir', folder]),
      footfall(['replay', DIRTY, '--json', '--chunk-size', '1024', '--workers', '3']),
      footfall(['replay', '-', '--json'], { input: readFileSync(DIRTY) })
    ]
    for (const { code, stdout } of await Promise.all(runs)) {
      t.equal(code, 0)
      // How many lines the scanner hands over is its own affair.
      const { accounting } = JSON.parse(stdout) as Replayed
      t.strictSame({ ...accounting, fallback: 0 }, expected)
    }
    const letters = readFileSync(join(folder, 'dead-letters.jsonl'), 'utf8').trimEnd().split('\n')
    t.equal(letters.length, expected['rejected'])
    t.strictSame(Object.keys(JSON.parse(letters[0] ?? '') as object), [
      'source',
      'offset',
      'reason',
      'detail',
      'excerpt'
    ])
  }
)

t.test('replay leaves nothing behind unless a data directory is given', async (t) => {
  const cwd = temporaryFolder(t)
  t.equal((await footfall(['replay', DIRTY], { cwd })).code, 0)
  t.notOk(existsSync(join(cwd, '.footfall')))
})

t.test(
  'for people, replay prints tables in which no id can pass for a command of the terminal',
  async (t) => {
    const { code, stdout } = await footfall(['replay', '-'], {
      input: `{"event_type":"page_visit","timestamp":1700000000,"item_id":"\\u001b[31mred\\u202e"}\n`
    })
    t.equal(code, 0)
    t.match(stdout, /Most viewed items, last 1h/)
    t.match(stdout, '\\u001b[31mred\\u202e')
    t.notOk(stdout.includes('\u001b'))
    t.match(stdout, /accepted +1/)
  }
)

t.test('other names of fields and event types are mapped', async (t) => {
  const { code, stdout } = await footfall(
    ['replay', '-', '--json', '--map', 'item_id=sku', '--map', 'event_type=type', '--map', 'page_visit=view'],
    { input: '{"type":"view","timestamp":1700000000,"sku":"a"}\n' }
  )
  t.equal(code, 0)
  t.strictSame((JSON.parse(stdout) as Replayed).most_viewed.data, [
    { rank: 1, item_id: 'a', value: 1, formatted: '1' }
  ])
})

t.test('a preset names fields and event types, and --map adds to it', async (t) => {
  const input =
    '{"event":"view","timestamp":1433221332117,"visitorid":257597,"itemid":355908}\n{"event":"transaction","timestamp":1433221332117,"visitorid":1,"itemid":5,"cost":2.5}\n'
  const { stdout } = await footfall(
    ['replay', '-', '--json', '--preset', 'retailrocket', '--map', 'price=cost'],
    { input }
  )
  t.match(JSON.parse(stdout), {
    most_viewed: { data: [{ item_id: '355908', value: 1 }] },
    top_grossing: { data: [{ item_id: '5', value: 250 }] },
    accounting: { accepted: 2 }
  })
})

t.test('a replay against real time comes to the same as one as fast as possible', async (t) => {
  const paced = await footfall(['replay', SAMPLE, '--json', '--speed', '10000000x'])
  const fast = await footfall(['replay', SAMPLE, '--json'])
  t.equal(paced.code, 0, paced.stderr)
  t.equal(lasting(paced.stdout), lasting(fast.stdout))
})

t.test('the shortest lines that a mapping allows are counted like others, in large chunks too', async (t) => {
  const input = Array.from(
    { length: 150_000 },
    (_, number) => `{"e":"v","t":0${number % 2 === 0 ? '' : ',"i":7'}}\n`
  ).join('')
  const args = [
    '--map',
    'event_type=e',
    '--map',
    'timestamp=t',
    '--map',
    'page_visit=v',
    '--map',
    'item_id=i'
  ]
  const { stdout } = await footfall(['replay', '-', '--json', '--chunk-size', '4194304', ...args], { input })
  t.match(JSON.parse(stdout), {
    most_viewed: { data: [{ item_id: '7', value: 75_000 }], meta: { total_items: 1 } },
    accounting: { lines: 150_000, accepted: 150_000 }
  })
})

t.test('money that cannot be counted exactly stops the replay, in one line', async (t) => {
  const line =
    '{"event_type":"purchase","timestamp":1700000000,"item_id":"a","price":10000000,"quantity":100000}\n'
  const { code, stderr } = await footfall(['replay', '-', '--currency', 'KWD'], {
    input: line.repeat(18_500)
  })
  t.equal(code, 1)
  t.match(stderr, /^footfall: the store has no room left for revenue.*\n$/)
})

t.test('a dead-letter file is not read as its own source', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'dead-letters.jsonl')
  writeFileSync(file, '{"a":1}\n')
  const { code, stderr } = await footfall(['replay', file, '--data-dir', folder])
  t.equal(code, 2)
  t.match(stderr, /is the dead-letter file itself/)
  t.equal(readFileSync(file, 'utf8'), '{"a":1}\n', 'it is left as it was')
})

t.test('an empty input has null clocks', async (t) => {
  const { stdout } = await footfall(['replay', '-', '--json'])
  const result = JSON.parse(stdout) as Replayed
  t.equal(result.clock.now, null)
  t.match(result.most_viewed.meta, { now: null, interval: null, total_items: 0 })
})

t.test('amounts beyond 2^53 come out to the cent', async (t) => {
  const line =
    '{"event_type":"purchase","timestamp":1700000000,"item_id":"a","price":10000000,"quantity":100000}\n'
  const odd = '{"event_type":"purchase","timestamp":1700000000,"item_id":"a","price":0.01}\n'
  const { stdout } = await footfall(['replay', '-', '--json'], { input: line.repeat(100) + odd })
  t.match(stdout, '"value":10000000000000001,"formatted":"100000000000000.01"')
})

t.test('the currency decides the minor units', async (t) => {
  const input = '{"event_type":"purchase","timestamp":1700000000,"item_id":"a","price":1.2345}\n'
  for (const [code, value] of [
    ['JPY', '"value":1,"formatted":"1"'],
    ['kwd', '"value":1235,"formatted":"1.235"'],
    ['EUR', '"value":123,"formatted":"1.23"']
  ]) {
    const { stdout } = await footfall(['replay', '-', '--json', '--currency', code ?? ''], { input })
    t.match(stdout, value)
    t.match(stdout, `"unit":"${(code ?? '').toUpperCase()}"`)
  }
})

t.test('options come from the environment too; the command line wins', async (t) => {
  t.match((await footfall(['replay', '-'], { env: { FOOTFALL_JSON: 'false' } })).stdout, /^Most viewed/)
  const env = { FOOTFALL_WORKERS: '3', FOOTFALL_JSON: '1', FOOTFALL_MAP: 'item_id=sku,event_type=type' }
  const input = '{"type":"page_visit","timestamp":1700000000,"sku":"a"}\n'
  const result = JSON.parse((await footfall(['replay', '-'], { env, input })).stdout) as Replayed
  t.equal(result.workers, 3)
  t.equal(result.most_viewed.data[0]?.item_id, 'a')
  t.equal(
    (JSON.parse((await footfall(['replay', '-', '--workers', '1'], { env, input })).stdout) as Replayed)
      .workers,
    1
  )
  const { code, stderr } = await footfall(['replay', '-'], { env: { FOOTFALL_MAP: 'item_id=sku,type' } })
  t.equal(code, 2)
  t.match(stderr, /bad mapping "type"/)
})

t.test('failures are one line and status 1, wrong usage is status 2', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'dir'))
  writeFileSync(join(folder, 'file'), '')
  const failed: readonly (readonly [readonly string[], RegExp])[] = [
    [['replay', join(folder, 'none')], /^footfall: cannot read \S+none: there is no such file\n$/],
    [['replay', join(folder, 'dir')], /^footfall: cannot read \S+dir: it is a directory\n$/],
    [
      ['replay', DIRTY, '--data-dir', join(folder, 'file')],
      /^footfall: cannot make the data directory .*\n$/
    ],
    [['generate', '--out', join(folder, 'no', 'file')], /^footfall: cannot write .*ENOENT.*\n$/],
    [
      ['generate', '--events', '1', '--out', join(folder, 'no', 'file')],
      /^footfall: cannot write .*ENOENT.*\n$/
    ]
  ]
  for (const [args, message] of failed) {
    const { code, stderr, stdout } = await footfall(args)
    t.equal(code, 1, args.join(' '))
    t.match(stderr, message)
    t.equal(stdout, '')
  }
  const misused: readonly (readonly [readonly string[], RegExp])[] = [
    [['replay'], /missing required argument 'file'/],
    [['replya', DIRTY], /Did you mean replay/],
    [['replay', DIRTY, '--worker', '2'], /Did you mean --workers/],
    [['replay', DIRTY, 'more'], /too many arguments/],
    [['replay', DIRTY, '--workers', '0'], /whole number from 1 to 64/],
    [['replay', DIRTY, '--workers', '1.5'], /whole number/],
    [['replay', DIRTY, '--speed', 'fast'], /max, or a factor/],
    [['replay', DIRTY, '--max-gap', '5m'], /--max-gap needs a --speed/],
    [['replay', DIRTY, '--speed', '2x', '--max-gap', '5'], /a duration, as/],
    [['replay', DIRTY, '--preset', 'mine'], /Allowed choices are footfall, ga4, segment/],
    [['replay', DIRTY, '--clock', 'sun'], /Allowed choices are event, wall/],
    [['replay', DIRTY, '--currency', 'XYZ'], /ISO 4217/],
    [['replay', DIRTY, '--map', 'colour=x'], /bad mapping "colour=x"/],
    [['replay', DIRTY, '--workers', '64', '--chunk-size', '16777216'], /4 GiB, which is the most/],
    [['replay', DIRTY, '--memory', '1M'], /size as 512M or 2G, from 256 MiB to 8 GiB/],
    [
      ['replay', DIRTY, '--memory', '256M', '--workers', '8'],
      /too little for 8 workers .*--memory \d+M would do/
    ],
    [['serve', DIRTY, '--token', ''], /token is empty/],
    [['serve', DIRTY, '--host', '0.0.0.0'], /needs --token-file/],
    [['serve', DIRTY, '--port', '70000'], /whole number from 0 to 65535/],
    [['generate', '--start', 'yesterday'], /RFC 3339/]
  ]
  for (const [args, message] of misused) {
    const { code, stderr } = await footfall(args)
    t.equal(code, 2, args.join(' '))
    t.match(stderr, message)
    t.notMatch(stderr, /\n\s+at /, 'no stack')
  }
  t.equal((await footfall(['--help'])).code, 0)
  t.match((await footfall(['replay', '--help'])).stdout, /^Usage: footfall replay /)
  t.match((await footfall(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})
