import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  createWriteStream,
  existsSync,
  readFileSync,
  renameSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { footfall, startServe } from '../support/command.js'
import { gzip, zstd } from '../support/compressed.js'
import { temporaryFolder } from '../support/pipelines.js'
import { untracked } from '../support/untracked.js'

const SAMPLES = fileURLToPath(new URL('../../../samples/', import.meta.url))
const SAMPLE = join(SAMPLES, 'events.jsonl')
const TEXT = readFileSync(SAMPLE)
const MAIN = fileURLToPath(new URL('../../bin/footfall.js', import.meta.url))
const FORMATS = [
  ['gz', gzip],
  ['zst', zstd]
] as const

/** The JSON of a replay without the time that it took. */
async function replayed(args: readonly string[], input?: Buffer): Promise<string> {
  const { code, stdout, stderr } = await footfall(
    ['replay', ...args, '--json'],
    input === undefined ? {} : { input }
  )
  if (code !== 0) throw new Error(stderr)
  return stdout.replace(/"elapsed_ms":\d+/, '')
}

t.test('a compressed source is replayed as what it holds, whatever it is called', async (t) => {
  const folder = temporaryFolder(t)
  const plain = await replayed([SAMPLE])
  for (const [format, compress] of FORMATS) {
    const file = join(folder, `${format}.jsonl`)
    writeFileSync(file, compress(TEXT))
    t.equal(await replayed([file]), plain, `a file of ${format}`)
    writeFileSync(file, compress(TEXT, 23))
    t.equal(await replayed([file, '--chunk-size', '1024']), plain, `many parts of ${format}, in small chunks`)
    t.equal(await replayed(['-'], compress(TEXT, 3)), plain, `${format} in a pipe`)
    t.equal(
      execFileSync(
        ...untracked('sh', ['-c', `"$0" "$1" replay - --json < "$2"`, process.execPath, MAIN, file])
      )
        .toString()
        .replace(/"elapsed_ms":\d+/, ''),
      plain,
      `${format} as standard input`
    )
    const fifo = join(folder, `${format}.fifo`)
    execFileSync('mkfifo', [fifo])
    const answered = replayed([fifo])
    createWriteStream(fifo).end(compress(TEXT, 2))
    t.equal(await answered, plain, `${format} in a FIFO`)
  }
})

t.test('what the tools make is replayed as what it holds', async (t) => {
  const plain = await replayed([SAMPLE])
  for (const [tool, ...args] of [
    ['gzip', '-9'],
    ['pigz', '-b', '128'],
    ['zstd', '-19'],
    ['zstd', '--ultra', '-22', '--long=27']
  ]) {
    const made = spawnSync(tool ?? '', ['-c', ...args, SAMPLE], { maxBuffer: 1 << 28 })
    if (made.error === undefined)
      t.equal(await replayed(['-'], made.stdout), plain, `${tool ?? ''} ${args.join(' ')}`)
    else t.comment(`there is no ${tool ?? ''} here`)
  }
})

t.test('dead letters have the offsets of the uncompressed bytes', async (t) => {
  const folder = temporaryFolder(t)
  const dirty = readFileSync(join(SAMPLES, 'dirty.jsonl'))
  const letters: unknown[][] = []
  for (const [name, bytes] of [
    ['plain', dirty],
    ['gz', gzip(dirty, 3)],
    ['zst', zstd(dirty, 3)]
  ] as const) {
    const file = join(folder, name)
    const dataDir = join(folder, `${name}.data`)
    writeFileSync(file, bytes)
    await replayed([file, '--data-dir', dataDir])
    const lines = readFileSync(join(dataDir, 'dead-letters.jsonl'), 'utf8').trimEnd().split('\n')
    letters.push(lines.map((line) => ({ ...(JSON.parse(line) as object), source: null })))
  }
  t.ok((letters[0]?.length ?? 0) > 10)
  t.strictSame(letters[1], letters[0])
  t.strictSame(letters[2], letters[0])
})

t.test('what cannot be decompressed to its end is one line and status 1', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'bad')
  for (const [, compress] of FORMATS) {
    const whole = compress(TEXT)
    for (const [bytes, message] of [
      [
        whole.subarray(0, whole.length / 2),
        /^footfall: cannot read \S+bad: it is cut off: its (gzip|zstd) data end at compressed byte \d+, in the middle\n$/
      ],
      [
        Buffer.concat([whole, Buffer.from('rubbish')]),
        /^footfall: cannot read \S+bad: .* compressed byte \d+.*\n$/
      ]
    ] as const) {
      writeFileSync(file, bytes)
      const { code, stdout, stderr } = await footfall(['replay', file, '--json'])
      t.equal(code, 1)
      t.equal(stdout, '')
      t.match(stderr, message)
      const piped = await footfall(['replay', '-', '--json'], { input: bytes })
      t.match([piped.code, piped.stderr], [1, /^footfall: cannot read -: .*\n$/])
    }
  }
})

t.test('with a data directory a compressed file counts once, also when it was cut off before', async (t) => {
  const folder = temporaryFolder(t)
  const plain = await replayed([SAMPLE, '--data-dir', join(folder, 'plain')])
  for (const [format, compress] of FORMATS) {
    const file = join(folder, `a.${format}`)
    const args = [file, '--data-dir', join(folder, format)]
    const whole = compress(TEXT, 5)
    writeFileSync(file, whole.subarray(0, whole.length * 0.7))
    t.equal((await footfall(['replay', ...args])).code, 1)
    writeFileSync(file, whole)
    t.equal(await replayed(args), plain, `${format}: the rest`)
    t.equal(await replayed(args), plain, `${format}: again`)
    writeFileSync(file, compress(TEXT, 2))
    t.equal(await replayed(args), plain, `${format}: compressed anew`)
    const renamed = join(folder, `b.${format}`)
    renameSync(file, renamed)
    t.equal(await replayed([renamed, ...args.slice(1)]), plain, `${format}: under another name`)
    writeFileSync(renamed, compress(TEXT.subarray(0, TEXT.lastIndexOf('\n', 1e6) + 1)))
    const shorter = await footfall(['replay', renamed, ...args.slice(1)])
    t.equal(shorter.code, 1)
    t.match(shorter.stderr, /bytes, but \d+ have been counted of a file that begins alike/)
    const more = Buffer.concat([TEXT, TEXT.subarray(0, TEXT.indexOf('\n') + 1)])
    writeFileSync(renamed, compress(more, 4))
    const { stdout } = await footfall(['replay', renamed, ...args.slice(1), '--json'])
    t.match(JSON.parse(stdout), { bytes: more.length, accounting: { lines: 20_001 } }, `${format}: grown`)
    writeFileSync(renamed, compress(Buffer.from(TEXT.toString().replaceAll('sku_', 'thing_'))))
    const other = await footfall(['replay', renamed, ...args.slice(1), '--json'])
    t.match(JSON.parse(other.stdout), { accounting: { lines: 40_001 } }, `${format}: another file`)
  }
})

t.test('a replay of a compressed file that was killed goes on where it was committed', async (t) => {
  const folder = temporaryFolder(t)
  const plain = await replayed([SAMPLE, '--data-dir', join(folder, 'plain')])
  for (const [format, compress] of FORMATS) {
    const file = join(folder, `a.${format}`)
    writeFileSync(file, compress(TEXT, 3))
    const dataDir = join(folder, format)
    const args = ['replay', file, '--data-dir', dataDir, '--chunk-size', '4096', '--json']
    // Slow enough to be killed in the middle: 72 hours take half a minute.
    const child = spawn(
      ...untracked(process.execPath, [MAIN, ...args, '--commit-interval', '0.05', '--speed', '8640x'])
    )
    const exited = once(child, 'exit')
    while (!existsSync(join(dataDir, 'history.duckdb.commit'))) await delay(5)
    child.kill('SIGKILL')
    await exited
    const { stdout, stderr } = await footfall(args)
    t.equal(stdout.replace(/"elapsed_ms":\d+/, ''), plain, `${format} ${stderr}`)
  }
})

t.test('serve refuses what is compressed, also when it takes the place of what is served', async (t) => {
  const folder = temporaryFolder(t)
  const line = (name: string, format: string) =>
    new RegExp(
      `footfall: cannot follow \\S+${name}: it is compressed \\(${format}\\), and footfall serve follows text that grows; footfall replay reads it\\n$`
    )
  for (const [format, compress] of FORMATS) {
    const name = format === 'gz' ? 'gzip' : 'zstd'
    const file = join(folder, format)
    writeFileSync(file, compress(TEXT))
    const { code, stdout, stderr } = await footfall(['serve', file, '--ephemeral', '--port', '0'])
    t.equal(code, 1)
    t.equal(stdout, '')
    t.match(stderr, line(format, name))
    for (const replace of [
      (served: string) => {
        renameSync(served, `${served}.1`)
        writeFileSync(served, compress(TEXT))
      },
      (served: string) => {
        appendFileSync(served, compress(TEXT))
      }
    ]) {
      const served = join(folder, 'served.jsonl')
      writeFileSync(served, '')
      const { child, stderr: told } = await startServe(t, [served, '--ephemeral'])
      const exited = once(child, 'exit')
      replace(served)
      t.strictSame((await exited)[0], 1)
      t.match(told(), line('served.jsonl', name))
    }
  }
})

t.test('serve answers from a compressed pipe', async (t) => {
  const served = await startServe(t, ['-', '--ephemeral'])
  served.child.stdin.end(gzip(TEXT))
  for (;;) {
    const { accounting } = (await served.get('/v1/status')) as { accounting: { lines: number } }
    if (accounting.lines === 20_000) break
  }
  t.equal(await served.end(), 0)
})
