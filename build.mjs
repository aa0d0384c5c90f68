/**
 * Makes a checkout runnable: installs what package-lock.json names, and compiles
 * the kernel (AssemblyScript) and the rest (TypeScript) into dist/. Then it makes
 *
 *   dist/threads    a bundle of each thread's modules: it starts ten times as fast
 *   dist/bin        the command with its packages: it starts more than twice as fast
 *   dist/dashboard  the page, its program and its style
 *   dist/docs       what the pages of the OpenAPI document load
 *
 * Each step is skipped when its result is newer than everything it is made from,
 * so a second run costs a few milliseconds. It needs nothing but Node and npm.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(fileURLToPath(import.meta.url))
const at = (...parts) => join(root, ...parts)
const SOURCES = ['src', 'workers', 'test', 'benchmarks'].map((name) => at(name))
const KERNEL = at('src', 'kernel')
/** Loaded when the first request needs them (src/api/lazy-compilers.ts). */
const COMPILERS = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler']
const DASHBOARD = at('src', 'dashboard')

/** Newest modification, in ms, of the files below the given paths that `wanted` accepts; 0 where there is none. */
function newest(paths, wanted = () => true) {
  let latest = 0
  for (const path of paths) {
    if (!existsSync(path)) continue
    const found = statSync(path)
    // A folder's own time counts too: it is what changes when a file is deleted.
    latest = Math.max(latest, found.isDirectory() || wanted(path) ? found.mtimeMs : 0)
    if (found.isDirectory()) {
      latest = Math.max(
        latest,
        newest(
          readdirSync(path).map((name) => join(path, name)),
          wanted
        )
      )
    }
  }
  return latest
}

function run(what, command, args, options = {}) {
  process.stderr.write(`footfall: ${what}\n`)
  // Standard output belongs to the command that follows; the tools speak on standard error.
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (done.status !== 0) {
    process.stderr.write(`footfall: ${what} failed${done.error ? `: ${done.error.message}` : ''}\n`)
    process.exit(1)
  }
}

/** Bundles modules and tells esbuild's account of what is in it. It is loaded here: what installs it comes first. */
function bundle(what, options) {
  process.stderr.write(`footfall: bundling ${what}\n`)
  const { buildSync } = createRequire(import.meta.url)('esbuild')
  return buildSync({ bundle: true, metafile: true, logLevel: 'warning', ...options }).metafile
}

/** As a bundle that Node runs: without the loader of ES modules it starts sooner. */
const FOR_NODE = { platform: 'node', format: 'cjs', outExtension: { '.js': '.cjs' }, target: 'node20' }

async function step(stamp, madeFrom, make) {
  const path = at(stamp)
  const source = madeFrom()
  if (existsSync(path) && statSync(path).mtimeMs >= source) return
  await make()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  // A source saved while the step ran is newer than what was looked at: it must count as newer.
  utimesSync(path, source / 1000 + 0.001, source / 1000 + 0.001)
}

/**
 * Serves the sample until it is served, for the code that V8 makes of the command on the way
 * (src/cli/launch.ts). Without it a start takes longer, no more.
 */
async function keepCode(command) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('FOOTFALL_'))
  const code = at('dist', 'bin', 'command.cjs.code')
  const server = spawn(process.execPath, [command, 'serve', '--ephemeral', '--port', '0', '--workers', '1'], {
    env: { ...Object.fromEntries(own), FOOTFALL_KEEP_CODE: code },
    stdio: ['ignore', 'pipe', 'ignore'],
    killSignal: 'SIGKILL',
    timeout: 30_000
  })
  server.stdout.once('data', () => server.kill('SIGTERM'))
  await once(server, 'exit')
  if (!existsSync(code))
    process.stderr.write('footfall: its code could not be kept: starts will take longer\n')
}

/** The licences of the packages that a bundle has in it, as they want to be passed on. */
function licencesOf({ inputs }) {
  const folders = Object.keys(inputs).map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
  return [...new Set(folders.filter((folder) => folder !== undefined))]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(at(folder, 'package.json'), 'utf8'))
      const file = readdirSync(at(folder)).find((one) => /^licen[cs]e/i.test(one))
      const text = file === undefined ? '' : `\n${readFileSync(at(folder, file), 'utf8').trim()}\n`
      return `${name} ${version} (${license})\n${text}`
    })
    .join('\n---\n\n')
}

const installed = at('node_modules', '.package-lock.json')
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(at('package-lock.json')).mtimeMs) {
  run('installing packages', 'npm', ['ci', '--include=dev', '--no-audit', '--no-fund'], {
    shell: process.platform === 'win32'
  })
  const now = new Date()
  utimesSync(installed, now, now)
}

await step(
  'dist/.kernel-built',
  () => newest([KERNEL, at('build.mjs')], (path) => path.endsWith('.ts') || path.endsWith('.json')),
  () =>
    run('compiling the kernel', process.execPath, [
      at('node_modules', 'assemblyscript', 'bin', 'asc.js'),
      'src/kernel/kernel.ts',
      '--config',
      'src/kernel/asconfig.json',
      '--target',
      'release'
    ])
)

await step(
  'dist/.typescript-built',
  () =>
    newest([...SOURCES, at('tsconfig.json'), at('package-lock.json'), at('build.mjs')], (path) =>
      /\.(ts|json|mjs)$/.test(path)
    ),
  () => {
    // Tests and benchmarks run from dist: a deleted or renamed source must not live on there.
    for (const name of ['test', 'benchmarks', 'workers', 'src']) {
      rmSync(at('dist', name), { recursive: true, force: true })
    }
    rmSync(at('dist', 'tsconfig.tsbuildinfo'), { force: true })
    run('compiling TypeScript', process.execPath, [
      at('node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      root
    ])
  }
)

await step(
  'dist/.threads-built',
  () => newest([at('dist', 'workers'), at('dist', 'src')], (path) => path.endsWith('.js')),
  () => {
    rmSync(at('dist', 'threads'), { recursive: true, force: true })
    const names = readdirSync(at('dist', 'workers')).filter((name) => name.endsWith('.js'))
    bundle('the threads', {
      ...FOR_NODE,
      entryPoints: names.map((name) => at('dist', 'workers', name)),
      outdir: at('dist', 'threads'),
      packages: 'external',
      sourcemap: true
    })
  }
)

await step(
  'dist/.command-built',
  () =>
    newest([at('dist', 'src'), at('package-lock.json'), at('build.mjs')], (path) =>
      /\.(js|json|mjs)$/.test(path)
    ),
  async () => {
    rmSync(at('dist', 'bin'), { recursive: true, force: true })
    // One script: V8 keeps the code of scripts alone.
    const metafile = bundle('the command', {
      ...FOR_NODE,
      entryPoints: { command: at('dist', 'src', 'cli', 'main.js') },
      outdir: at('dist', 'bin'),
      // Piscina starts threads from a file of its own, DuckDB is a library of the machine's.
      external: ['piscina', '@duckdb/node-api', ...COMPILERS],
      define: { 'import.meta.url': 'importMetaUrl' },
      banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
      legalComments: 'none'
    })
    writeFileSync(at('dist', 'bin', 'LICENSES.txt'), licencesOf(metafile))
    const command = at('dist', 'bin', 'footfall.js')
    copyFileSync(at('dist', 'src', 'cli', 'launch.js'), command)
    chmodSync(command, 0o755)
    await keepCode(command)
  }
)

await step(
  'dist/.docs-built',
  () => newest([at('package-lock.json'), at('build.mjs')]),
  () => {
    mkdirSync(at('dist', 'docs'), { recursive: true })
    for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css']) {
      copyFileSync(at('node_modules', '@fastify', 'swagger-ui', 'static', name), at('dist', 'docs', name))
    }
  }
)

await step(
  'dist/.dashboard-built',
  () =>
    newest([DASHBOARD, at('src', 'base'), at('package-lock.json'), at('build.mjs')], (path) =>
      /\.(ts|html|css|json|mjs)$/.test(path)
    ),
  () => {
    rmSync(at('dist', 'dashboard'), { recursive: true, force: true })
    bundle('the dashboard', {
      entryPoints: ['dashboard.ts', 'dashboard.css'].map((name) => join(DASHBOARD, name)),
      outdir: at('dist', 'dashboard'),
      minify: true,
      format: 'esm',
      target: 'es2022',
      legalComments: 'inline'
    })
    copyFileSync(join(DASHBOARD, 'index.html'), at('dist', 'dashboard', 'index.html'))
  }
)

// Tap is made anew for the plugins that .taprc names. It would do so itself, but its
// first run, which is CI's only one, would still load the others into each test.
if (process.argv.includes('--tests')) {
  await step(
    'dist/.tap-built',
    () => Math.max(newest([at('.taprc')]), statSync(installed).mtimeMs),
    () =>
      run('making the test runner', process.execPath, [
        at('node_modules', 'tap', 'dist', 'esm', 'run.mjs'),
        'build'
      ])
  )
}
