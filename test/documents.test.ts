import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MAIN, startServe } from './support/command.js'
import {
  brokenLinks,
  missingCommands,
  missingFiles,
  missingOptions,
  missingRoutes,
  missingScripts,
  readDocuments,
  type Document,
  type Known
} from './support/document-claims.js'
import { ROOT } from './support/documents.js'

const DOCUMENTS = readDocuments()

/** What a program says of itself, as a user's shell shows it. */
function help(...args: readonly string[]): string {
  return execFileSync(process.execPath, [...args, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' }
  })
}

const optionsOf = (text: string) => [...text.matchAll(/--[a-z][\w-]*/g)].map(([name]) => name)

const KNOWN: Promise<Known> = (async () => {
  const general = help(MAIN)
  const commands = [...general.matchAll(/^ {2}([a-z]+)\b.*$/gm)].map(([, name = '']) => name)
  const ofClickHouse = ['init', 'forget'].map((name) => help(MAIN, 'clickhouse', name))
  const scripts = ['main', 'soak/main', 'clickhouse/main'].map((file) =>
    help(join(ROOT, 'dist', 'benchmarks', `${file}.js`))
  )
  const fuzz = readFileSync(join(ROOT, 'test/support/fuzz.ts'), 'utf8')
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }
  const served = await startServe(t, ['--ephemeral'])
  const { paths } = (await served.get('/openapi.json')) as { paths: object }
  return {
    commands: new Set(commands),
    options: new Set(
      [
        general,
        ...ofClickHouse,
        ...commands.filter((name) => name !== 'help').map((name) => help(MAIN, name))
      ].flatMap(optionsOf)
    ),
    scriptOptions: new Set([...scripts, fuzz].flatMap(optionsOf)),
    scripts: new Set(Object.keys(manifest.scripts)),
    routes: Object.keys(paths)
  }
})()

type Check = (document: Document, known: Known) => string[]

/** What is checked, and a text of which each wrong thing is found and nothing else. */
const CHECKS: Readonly<Record<string, { check: Check; wrong: string; found: readonly string[] }>> = {
  'links lead somewhere': {
    check: brokenLinks,
    wrong:
      '# A b, c\n[x](#a-b-c) [x](#a-b) [x](README.md#footfall) [x](none.md) [x](README.md#none) [x](https://none)',
    found: ['#a-b', 'none.md', 'README.md#none']
  },
  'files that are named exist': {
    check: missingFiles,
    wrong:
      '`src/cli/main.ts` `src/cli/none.ts` `event/event.ts` `none.ts`\n```\nsrc/none/ and dist/src/none.js\n```\n',
    found: ['src/cli/none.ts', 'src/none', 'none.ts']
  },
  'scripts of npm exist': {
    check: missingScripts,
    wrong: '`npm run build` `npm test` `npm run none`',
    found: ['none']
  },
  'commands exist': {
    check: missingCommands,
    wrong:
      '`footfall serve` `footfall none`\n```sh\nfootfall replay x\nexec footfall nothing\n```\n```console\n$ footfall void\nfootfall says so\n```\n',
    found: ['none', 'nothing', 'void']
  },
  'options exist': {
    check: missingOptions,
    wrong:
      '`--speed 60x` `--none` `FOOTFALL_PORT` `FOOTFALL_NONE`\n```sh\ncurl --fail x\nfootfall serve --nothing\n```\n',
    found: ['--none', '--nothing', 'FOOTFALL_NONE']
  },
  'paths of the API exist': {
    check: missingRoutes,
    wrong: '`/v1/status` `/v1/items/sku_1?window=1h` `/v1/none` `/v1/items/a/b`',
    found: ['/v1/none', '/v1/items/a/b']
  }
}

for (const [name, { check, wrong, found }] of Object.entries(CHECKS)) {
  t.test(`${name}, in every document`, async (t) => {
    const known = await KNOWN
    t.ok(DOCUMENTS.length > 15)
    for (const document of DOCUMENTS) t.strictSame(check(document, known), [], document.path)
  })

  t.test(`${name}: what is wrong is found`, async (t) => {
    t.strictSame(check({ path: 'README.md', text: wrong }, await KNOWN), found)
  })
}

t.test('the table of faults names tests that exist', (t) => {
  const row = '| 1. a fault | something | `cli/replay`, `cli/none` |'
  t.strictSame(missingFiles({ path: 'test/FAILURES.md', text: row }), ['cli/none'])
  t.end()
})
