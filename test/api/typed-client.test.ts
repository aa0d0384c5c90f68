import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import t, { type Test } from 'tap'
import { ADDRESS, API, ROOT, blocks } from '../support/documents.js'
import { startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const run = promisify(execFile)
const ENV = { ...process.env, NODE_OPTIONS: '' }

/** Below the root, so that programs in it find the packages; removed with the test. */
function folderWithPackages(t: Test): string {
  const folder = mkdtempSync(join(ROOT, 'dist', 'typed-client-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  return folder
}

/** What the compiler has against programs, by their names. Strict, as users of types have it. */
async function complaints(folder: string, programs: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, program] of Object.entries(programs)) writeFileSync(join(folder, `${name}.ts`), program)
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['--noEmit', '--strict', '--module', 'NodeNext', '--target', 'ES2023', '--types', 'node']
  const files = Object.keys(programs).map((name) => `${name}.ts`)
  const args = [tsc, ...options, '--skipLibCheck', '--ignoreConfig', ...files]
  try {
    return (await run(process.execPath, args, { cwd: folder, env: ENV })).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** Uses that a client could have taken for right, and what the compiler says of the one that is wrong in each. */
const WRONG: readonly (readonly [name: string, from: string, to: string, complaint: RegExp])[] = [
  ['path', "'/v1/top-items'", "'/v1/top-sellers'", /top-sellers/],
  ['metric', "'revenue'", "'sales'", /"sales"' is not assignable/],
  ['type', 'limit: 3', "limit: 'three'", /'string' is not assignable to type 'number'/],
  ['missing', "metric: 'revenue', ", '', /'metric' is missing/],
  ['member', 'formatted }', 'price }', /'price' does not exist/]
]

t.test('the types that a generator makes of the document hold clients to it', async (t) => {
  const served = await startServe(t, ['--data-dir', temporaryFolder(t)])
  const folder = folderWithPackages(t)
  const [command = ''] = blocks(API, 'sh').filter((block) => block.startsWith('npx openapi-typescript '))
  const [, , ...args] = command.trim().replace(ADDRESS, served.url).split(' ')
  const generator = join(ROOT, 'node_modules', 'openapi-typescript', 'bin', 'cli.js')
  await run(process.execPath, [generator, ...args], { cwd: folder, env: ENV })

  const [example = '', ...others] = blocks(API, 'ts')
  t.same(others, [])
  const wrong = WRONG.map(([name, from, to]) => {
    t.ok(example.includes(from), from)
    return [name, example.replace(from, to)] as const
  })
  const found = await complaints(folder, { right: example, ...Object.fromEntries(wrong) })
  t.notMatch(found, /^right\.ts/m)
  for (const [name, , , complaint] of WRONG) {
    const own = found.split(/^(?=\w+\.ts\()/m).filter((one) => one.startsWith(`${name}.ts(`))
    t.match(own.join(''), complaint, name)
  }

  // And the example does what it says.
  const { code } = transformSync(example.replace(ADDRESS, served.url), { loader: 'ts', format: 'esm' })
  writeFileSync(join(folder, 'program.js'), code)
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder, env: ENV })
  t.match(stdout, /^1 sku_\d+ \d+\.\d\d\n2 .*\n3 .*\n$/)
})
