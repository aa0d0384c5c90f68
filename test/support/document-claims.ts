import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { ROOT } from './documents.js'

/** A Markdown document of the project. */
export interface Document {
  /** Path from the project's folder. */
  readonly path: string
  readonly text: string
}

/** What there is that documents may name. */
export interface Known {
  /** Commands of `footfall`, and the options of all of them. */
  readonly commands: ReadonlySet<string>
  readonly options: ReadonlySet<string>
  /** Options of the scripts that those who develop footfall run. */
  readonly scriptOptions: ReadonlySet<string>
  readonly scripts: ReadonlySet<string>
  /** Paths of the OpenAPI document, and those of pages. */
  readonly routes: readonly string[]
}

/** The documents that are checked. */
export function readDocuments(): Document[] {
  const rooms = readdirSync(join(ROOT, 'src')).map((room) => `src/${room}/README.md`)
  const guides = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  const paths = [
    ...['README.md', 'CONTRIBUTING.md', 'workers/README.md', 'benchmarks/README.md', 'samples/README.md'],
    ...['test/FAILURES.md', ...guides.map((name) => `docs/${name}`), ...rooms]
  ]
  return paths.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** Relative links, and their anchors, that lead nowhere. */
export function brokenLinks({ path, text }: Document): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false
    const [file = '', anchor] = target.split('#')
    const found = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file))
    if (!existsSync(join(ROOT, found))) return true
    if (anchor === undefined) return false
    const linked = file === '' ? text : readFileSync(join(ROOT, found), 'utf8')
    return !anchorsOf(linked).has(anchor)
  })
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-')
    )
  )
}

/** Paths of the repository that it does not have. A room's README may name files from its own folder or from `src`. */
export function missingFiles({ path, text }: Document): string[] {
  const rooted = [
    ...text.matchAll(/(?<![\w./<>-])(?:src|test|workers|docs|samples|benchmarks)\/[\w./-]*\w/g)
  ].map(([name]) => name)
  const sources = codeSpans(text).filter((code) => /^[\w./-]+\.(?:ts|mjs|c)$/.test(code))
  const faults = path === 'test/FAILURES.md' ? testsOf(text) : []
  const bases = ['', dirname(path), 'src']
  const isThere = (name: string) => bases.some((base) => existsSync(join(ROOT, base, name)))
  return [
    ...[...new Set([...rooted, ...sources])].filter((name) => !isThere(name)),
    ...faults.filter(
      (name) => ![`${name}.test.ts`, `${name}.ts`].some((file) => existsSync(join(ROOT, 'test', file)))
    )
  ]
}

/** The tests in the last column of the table of faults. */
function testsOf(text: string): string[] {
  const rows = text.split('\n').filter((line) => /^\| \d+\./.test(line))
  return rows.flatMap((row) =>
    [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
  )
}

/** Scripts of npm that there are not. */
export function missingScripts({ text }: Document, { scripts }: Known): string[] {
  const run = [...allCode(text).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name)
  const short = [...allCode(text).matchAll(/\bnpm (start|test)\b/g)].map(([, name = '']) => name)
  return [...run, ...short].filter((name) => !scripts.has(name))
}

/** Commands of footfall that there are not. */
export function missingCommands({ text }: Document, { commands }: Known): string[] {
  const named = [
    ...shellLines(text)
      .join('\n')
      .matchAll(/(?<=^|\s|`)footfall ([a-z]\w*)/gm)
  ]
  return named.map(([, name = '']) => name).filter((name) => !commands.has(name))
}

/** Other programs that documents show with options of their own. */
const OTHERS = /^(?:\$ )?(?:curl|npx|npm install|useradd|install|tar|systemctl|python3|FOOTFALL_TEST)/
/** curl's, where it is not named. */
const CURLS = new Set(['--etag-compare'])

/** Options that no command has, and variables for them. */
export function missingOptions({ path, text }: Document, { options, scriptOptions }: Known): string[] {
  const isForUsers = path === 'README.md' || path.startsWith('docs/')
  const isKnown = (name: string) =>
    options.has(name) || CURLS.has(name) || (!isForUsers && scriptOptions.has(name))
  const ours = shellLines(text).filter((line) => !OTHERS.test(line))
  const named = ours.flatMap((line) =>
    [...line.matchAll(/(?<![\w-])--[a-z][\w-]*/g)].map(([option]) => option)
  )
  const variables = [
    ...allCode(text).matchAll(/\bFOOTFALL_(?!TEST_|CLICKHOUSE_(?:USER|PASSWORD)\b)[A-Z_]+/g)
  ].map(([name]) => name)
  return [
    ...named.filter((name) => !isKnown(name)),
    ...variables.filter((name) => !options.has(optionOf(name)))
  ]
}

const optionOf = (variable: string) =>
  `--${variable.slice('FOOTFALL_'.length).toLowerCase().replaceAll('_', '-')}`

/** Paths of the API that it does not have. */
export function missingRoutes({ text }: Document, { routes }: Known): string[] {
  const patterns = routes.map(
    (route) => new RegExp(`^${route.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`)
  )
  const named = [...allCode(text).matchAll(/(?<![\w.-])\/v1\/[\w{}/-]+/g)].map(([name]) => name)
  return named.filter((name) => !patterns.some((pattern) => pattern.test(name)))
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```/gm

function withoutBlocks(text: string): string {
  return text.replace(FENCED, '')
}

function withoutCode(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]+`/g, '')
}

/** What stands between backticks within a line. */
function codeSpans(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

function allCode(text: string): string {
  return [...codeSpans(text), ...[...text.matchAll(FENCED)].map(([, , code = '']) => code)].join('\n')
}

/** What a shell or a unit would be told: code within lines, blocks of those languages, and the commands of sessions. */
function shellLines(text: string): string[] {
  const lines = [...text.matchAll(FENCED)].flatMap(([, language = '', code = '']) => {
    const all = code.split('\n')
    if (language === 'console')
      return all.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
    return /^(?:sh|ini)$/.test(language) ? all : []
  })
  return [...codeSpans(text), ...lines]
}
