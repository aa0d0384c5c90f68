import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startServe } from './support/command.js'
import { ROOT } from './support/documents.js'
import { temporaryFolder } from './support/pipelines.js'

const run = promisify(execFile)
/** As a user's shell has it, without what the test runner adds. */
const env = { ...process.env, NODE_OPTIONS: '' }

/** Packs the checkout into a folder: the tarball, and what is in it. */
async function pack(folder: string) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', args, { cwd: ROOT, env })
  const [{ filename, files }] = JSON.parse(stdout) as [
    { filename: string; files: readonly { path: string }[] }
  ]
  return { tarball: join(folder, filename), paths: files.map(({ path }) => path) }
}

const NEEDED =
  /^(?:dist\/bin\/(?:footfall\.js|command\.cjs(?:\.code)?|LICENSES\.txt)|dist\/dashboard\/(?:index\.html|dashboard\.(?:js|css))|dist\/docs\/swagger-ui(?:-bundle\.js|\.css)|dist\/kernel\.wasm|dist\/threads\/(?:reader|pool|historian)\.cjs|docs\/[\w-]+\.(?:md|png)|samples\/(?:events\.jsonl|README\.md)|(?:README|CHANGELOG)\.md|LICENSE|package\.json)$/

t.test('the package runs from its tarball, in a folder that has nothing else', async (t) => {
  const folder = temporaryFolder(t)
  const { tarball, paths } = await pack(folder)
  t.same(
    paths.filter((path) => !NEEDED.test(path)),
    [],
    'nothing needless is in it'
  )
  const cwd = join(folder, 'clean')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'package.json'), '{}')
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { cwd, env })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const npx = async (...args: string[]) =>
    (await run('npx', ['--no-install', 'footfall', ...args], { cwd, env })).stdout
  t.equal(await npx('--version'), `${version}\n`)
  await npx('generate', '--events', '1000', '--out', 'events.jsonl')
  const result = JSON.parse(await npx('replay', 'events.jsonl', '--json', '--data-dir', 'shop')) as {
    accounting: { accepted: number }
  }
  t.equal(result.accounting.accepted, 1000)
  const main = join(cwd, 'node_modules', 'footfall', 'dist', 'bin', 'footfall.js')
  const served = await startServe(t, [], { cwd, main })
  for (const path of [
    '/',
    '/dashboard.js',
    '/docs',
    '/docs/swagger-ui.js',
    '/openapi.json',
    '/v1/items/most-viewed?limit=1'
  ]) {
    t.equal((await fetch(`${served.url}${path}`)).status, 200, path)
  }
  t.equal(await served.end(), 0)
})
