import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

t.test('the package has what it runs with, and no tests', async (t) => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: ROOT
  })
  const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }]
  const paths = files.map(({ path }) => path)
  const needed = [
    'dist/dashboard/index.html',
    'dist/dashboard/dashboard.js',
    'dist/dashboard/dashboard.css',
    'dist/kernel.wasm',
    'dist/bin/footfall.js',
    'dist/threads/reader.cjs',
    'dist/threads/pool.cjs',
    'samples/events.jsonl'
  ]
  for (const path of needed) t.ok(paths.includes(path), path)
  t.notOk(paths.some((path) => path.includes('test/')))
})
