import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The rooms from the ground up; a file imports from its own room or from lower floors. */
const FLOORS: readonly (readonly string[])[] = [
  ['src/event', 'src/kernel', 'src/base'],
  ['src/metrics', 'src/generator'],
  ['src/store'],
  ['src/ingest', 'src/history'],
  ['src/query', 'src/clickhouse'],
  ['src/api', 'src/dashboard'],
  ['src/cli', 'workers']
]

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

function roomOf(file: string): string {
  return file.startsWith('workers/') ? 'workers' : file.split('/').slice(0, 2).join('/')
}

function floorOf(room: string): number {
  return FLOORS.findIndex((rooms) => rooms.includes(room))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  const found = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)]
  return found.map(([, target = '']) =>
    relative(ROOT, resolve(ROOT, dirname(file), target))
      .split(sep)
      .join('/')
  )
}

const FILES = [...filesBelow('src'), ...filesBelow('workers')]

t.test('every file is in a room that has a floor', (t) => {
  t.ok(FILES.length > 40)
  t.strictSame(
    FILES.filter((file) => floorOf(roomOf(file)) < 0),
    []
  )
  t.end()
})

t.test('files import downward only, and rooms of one floor do not import each other', (t) => {
  let imports = 0
  const wrong = FILES.flatMap((file) =>
    importsOf(file).flatMap((target) => {
      imports++
      const [from, to] = [roomOf(file), roomOf(target)]
      return from === to || floorOf(to) < floorOf(from) ? [] : [`${file} → ${target}`]
    })
  )
  t.ok(imports > 100, 'imports are found')
  t.strictSame(wrong, [])
  t.end()
})

t.test('the kernel is entered through its constants alone', (t) => {
  const inner = FILES.filter((file) => !file.startsWith('src/kernel/')).flatMap((file) =>
    importsOf(file).filter((target) => target.startsWith('src/kernel/') && target !== 'src/kernel/abi.js')
  )
  t.strictSame(inner, [])
  t.end()
})

t.test('shared memory is touched in the kernel and the store alone', (t) => {
  const touching = FILES.filter((file) =>
    /\bAtomics\.|memory\.buffer|SharedArrayBuffer/.test(readFileSync(join(ROOT, file), 'utf8'))
  )
  t.strictSame(
    touching.filter((file) => !/^src\/(kernel|store)\//.test(file)),
    []
  )
  t.end()
})

t.test('every room says what belongs in it', (t) => {
  for (const room of new Set(FILES.map(roomOf)))
    t.ok(readFileSync(join(ROOT, room, 'README.md'), 'utf8').length > 100, room)
  t.end()
})
