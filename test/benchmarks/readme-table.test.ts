import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { PROJECT_FOLDER } from '../../benchmarks/children/project.js'
import { describeMachine } from '../../benchmarks/report/machine.js'
import { withFigures } from '../../benchmarks/report/readme-table.js'
import { save } from '../../benchmarks/report/save.js'
import type { Results } from '../../benchmarks/run.js'
import { tinyOptions } from '../support/tiny-benchmarks.js'

const README = readFileSync(join(PROJECT_FOLDER, 'README.md'), 'utf8')
const FRAME = 'before\n\n<!-- bench:begin -->\n\nold\n\n<!-- bench:end -->\n\nbehind\n'

t.test('the README shows the newest saved figures', async (t) => {
  t.equal(README, await withFigures(README), 'npm run bench:readme makes it so')
})

t.test('figures come from the newest result alone, and nothing around them changes', async (t) => {
  const options = tinyOptions(t)
  const { folder } = options
  writeFileSync(join(folder, '20200101T000000Z-abc.json'), 'not even read')
  const path = save(describeMachine(), options, RESULTS, folder)
  t.notMatch(readFileSync(path, 'utf8'), folder, 'where the inputs lay is not saved')
  const text = await withFigures(FRAME, folder)
  t.match(text, /^before\n\n<!-- bench:begin -->\n\nFrom /)
  t.match(text, /<!-- bench:end -->\n\nbehind\n$/)
  t.match(text, basename(path))
  t.match(
    text,
    /\| processor time of an event: read \+ scan \+ apply +\| 10 \+ 200 \+ 100 ns \(together 310 ns\) +\|/
  )
  t.notMatch(text, 'old')
  t.equal(await withFigures(text, folder), text, 'a second time changes nothing')
})

t.test('without results the README says so; without markers it is refused', async (t) => {
  const { folder } = tinyOptions(t)
  t.match(await withFigures(FRAME, folder), 'No figures have been saved yet.')
  t.match(await withFigures(FRAME, join(folder, 'missing')), 'No figures have been saved yet.')
  await t.rejects(withFigures('no markers', folder), /bench:begin/)
})

const cost = (medianMicros: number) => ({ medianMicros, meanMicros: medianMicros })

const RESULTS: Results = {
  stages: {
    events: 5,
    sizeBytes: 500,
    batches: 1,
    digest: '0123456789ab',
    cost: { read: cost(0.01), scan: cost(0.2), apply: cost(0.1), total: cost(0.31) },
    memory: { cells: 3, bytesPerCell: 14, items: 2, bytesPerItem: 80, storeBytes: 1000 },
    declined: { lines: 5, referenceMicros: 5, productMicros: 5.1, ratio: 1.02 }
  }
}
