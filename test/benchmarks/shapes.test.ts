import t from 'tap'
import { shapesTable } from '../../benchmarks/report/tables.js'
import { RESHAPES, uniformItems, type Shape } from '../../benchmarks/inputs/shapes.js'
import { shapes } from '../../benchmarks/shapes.js'
import { checkFigures, tinyOptions } from '../support/tiny-benchmarks.js'

const LINES =
  '{"event_type":"page_visit","timestamp":"2025-01-01T00:00:00.519Z","session_id":"s_1"}\n' +
  '{"event_type":"purchase","timestamp":"2025-01-01T00:00:01.935Z","item_id":"sku_51","price":1.5,"quantity":2}\n'

t.test('files of every shape and size are counted alike', async (t) => {
  const { figures, mostToFewest, ...rest } = await shapes(tinyOptions(t))
  t.same(rest, { events: 300, workers: 2 })
  t.equal(figures.length, 10)
  for (const found of figures) {
    checkFigures(t, found, ['items', 'bytesPerLine', 'eventsPerSecond', 'megabytesPerSecond'])
    t.equal(found.elapsedMs.length, 1)
  }
  t.equal(new Set(figures.map(({ digest }) => digest)).size, 4, 'one content for each shop and distribution')
  for (const found of mostToFewest) checkFigures(t, found, ['ratio'])
  t.match(shapesTable({ figures, mostToFewest, ...rest }), /uniform/)
})

t.test('a shape changes how a line is written, and not what footfall reads in it', (t) => {
  const wanted = LINES.trim().split('\n').map(parse)
  for (const shape of Object.keys(RESHAPES) as Shape[]) {
    const lines = RESHAPES[shape](1)(LINES).trim().split('\n')
    t.equal(lines.length, 2)
    for (const [number, line] of lines.entries()) t.match(parse(line), wanted[number], shape)
  }
  t.match(RESHAPES.spaced()(LINES), '{"event_type": "page_visit", "timestamp": "2025-01-01T00:00:00.519Z", ')
  const long = RESHAPES.long(1)(LINES).length / 2
  t.ok(500 < long && long < 700, `${long} bytes`)
  t.match(uniformItems(3, 1)(LINES), /"item_id":"sku_[012]"/)
  t.end()
})

function parse(line: string): object {
  return JSON.parse(line) as object
}
