import t from 'tap'
import { parseMapping } from '../../src/event/mapping.js'
import { PRESETS, type PresetName } from '../../src/event/presets.js'
import { declines, declinesOf } from '../support/declines.js'
import { presetLines } from '../support/preset-lines.js'
import { seeded } from '../support/random.js'
import { ScanBench } from '../support/scan-bench.js'

t.test('no line of a preset’s format is declined, with several items or with one', (t) => {
  const random = seeded(t)
  for (const preset of Object.keys(PRESETS) as PresetName[]) {
    const at = new ScanBench({ mapping: PRESETS[preset] })
    const lines = presetLines(preset, random)
    const text = Array.from({ length: 1500 }, () => lines.next().value).join('')
    const judged = at.judge(Buffer.from(text))
    t.ok(
      judged.every(({ verdict }) => verdict.outcome === 'accepted'),
      preset
    )
    t.equal(declines(t, text, {}, at), 0, preset)
  }
  t.end()
})

const mapping = parseMapping([
  ...[
    'item_id=o.lines[].id',
    'item_id=o.lines[].code',
    'price=o.lines[].price',
    'item_id=o.id',
    'item_id=id'
  ],
  ...['customer_id=user', 'customer_id=visitor', 'timestamp=o.at', 'timestamp=at']
])
const at = new ScanBench({ mapping })

t.test('lines are taken or declined, and always as the reference parser says', (t) => {
  const line = (inside: string) => `{"event_type":"purchase",${inside}}`
  for (const [inside, declined] of [
    // Of several names the preferred one counts, in any order of the keys.
    ['"at":1,"o":{"id":"a"}', 0],
    ['"o":{"id":"a","at":1},"at":"no time"', 0],
    ['"at":"no time","o":{"id":"a","at":1}', 0],
    ['"at":1,"o":{"id":null},"id":"b"', 0],
    ['"at":1,"id":"b","o":{"id":"a"}', 0],
    ['"at":1,"user":null,"visitor":7,"id":1', 0],
    ['"at":1,"visitor":{},"user":"u","id":1', 0],
    ['"at":1,"visitor":{},"user":null,"id":1', 1],
    ['"o.at":1,"o":{"at":null},"id":1', 0],
    // What is no object has no members.
    ['"at":1,"o":5,"id":1', 0],
    ['"at":1,"o":[{"id":"x"}],"id":1', 0],
    // What comes twice is for the reference parser.
    ['"at":1,"o":{"id":1},"o":{}', 1],
    ['"at":1,"o":{},"o":{"id":1}', 1],
    ['"at":1,"id":1,"id":null', 1],
    ['"at":1,"id":1,"user":"a","user":"b"', 1],
    // Items.
    ['"at":1,"o":{"lines":[]},"id":1', 0],
    ['"at":1,"o":{"lines":null},"id":1', 0],
    ['"at":1,"o":{"lines":{"id":1}},"id":1', 0],
    ['"o":{"lines":[{"id":"a","price":1.5}, {"code":"b"}]},"at":1', 0],
    ['"o":{"lines":[ {"code":"x","id":"a"} ,{"id":1,"price":"2.00"} ],"at":1},"user":"u"', 0],
    ['"o":{"lines":[{"id":"a"},{"price":2}]},"at":1', 1],
    ['"o":{"lines":[{"id":"a"},{"id":"b","price":-1}]},"at":1', 1],
    ['"o":{"lines":[{"id":"a"},{}]},"at":1,"id":"c"', 1],
    ['"o":{"lines":[{"id":"a"},null]},"at":1', 1],
    ['"o":{"lines":[{"id":"a"},]},"at":1', 1],
    ['"o":{"lines":[{"id":"a"}},"at":1', 1],
    ['"o":{"lines":[{"id":"a"}]},"at":1,"id":{}', 0],
    ['"o":{"lines":[{"id":"\\u00e4"},{"id":"\\u00f6"}]},"at":1,"user":"\\u00fc"', 0]
  ] as const) {
    t.equal(declines(t, `${line(inside)}\n${line(inside)}\r\n`, {}, at), 2 * declined, inside)
  }
  t.end()
})

t.test('every item of a line is a record, also of lines that the reference parser reads', (t) => {
  const items = (count: number) => Array.from({ length: count }, (_, number) => `{"id":${number}}`).join(',')
  const scanned = (count: number) => `{"event_type":"page_visit","at":1,"o":{"lines":[${items(count)}]}}\n`
  const declined = (count: number) => scanned(count).replace('page_visit', 'page\\u005fvisit')
  const text = [declined(3), scanned(2), declined(1), 'x\n', declined(4), scanned(1), declined(2)].join('')
  t.strictSame(
    at.judge(Buffer.from(text)).map(({ records }) => records.length),
    [3, 2, 1, 0, 4, 1, 2]
  )
  t.equal(declines(t, text, {}, at), 5)
  t.equal(declines(t, text, { spareRecords: 1 }, at), 5)
  t.end()
})

t.test('the longest lines of the smallest items have room', (t) => {
  const small = new ScanBench({
    mapping: parseMapping(['item_id=i[].i', 'event_type=e', 'timestamp=t']),
    chunkBytes: 1024
  })
  const line = (count: number) => `{"e":"page_visit","t":0,"i":[${'{"i":1},'.repeat(count - 1)}{"i":1}]}\n`
  const count = Math.floor((2 ** 20 - 40) / 8)
  const judged = small.judge(Buffer.from(line(count)))
  t.equal(judged[0]?.records.length, count)
  t.equal(declinesOf(t, judged, {}, small), 0)
  t.equal(declines(t, line(count).replace('page_', 'page\\u005f').replace('{"i":1},', ''), {}, small), 1)
  t.end()
})
