import t from 'tap'
import { BENCHMARK_NAMES, DEFAULTS, HELP, readArguments } from '../../benchmarks/options.js'

t.test('without arguments everything runs at its default size', (t) => {
  t.same(readArguments([]), { options: DEFAULTS, only: BENCHMARK_NAMES, save: false, help: false })
  t.end()
})

t.test('sizes, names and the folder can be chosen', (t) => {
  const args =
    '--events 10 --load-seconds 0.5 --seed 0 --dir /x --only api,memory --save --shape-items 2,30'.split(' ')
  const { options, only, save } = readArguments(args)
  t.same(options, { ...DEFAULTS, events: 10, loadSeconds: 0.5, seed: 0, folder: '/x', shapeItems: [2, 30] })
  t.same(only, ['api', 'memory'])
  t.equal(save, true)
  t.end()
})

t.test('wrong arguments are told', (t) => {
  for (const text of [
    '--events 0',
    '--events 1.5',
    '--load-seconds 0',
    '--only speed',
    '--shape-items 3,2',
    '--fast',
    'x'
  ]) {
    t.throws(() => readArguments(text.split(' ')), Error, text)
  }
  t.end()
})

t.test('the help names every option', (t) => {
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const names = Object.keys(DEFAULTS).filter((name) => name !== 'folder' && name !== 'tell')
  for (const name of [...names, 'dir', 'only', 'save', 'help']) t.match(HELP, `--${kebab(name)}`)
  t.end()
})
