import t from 'tap'
import { holds, isOneLine } from '../../src/ingest/suspicion.js'

function batch(offset: number, text: string) {
  const bytes = Buffer.from(text)
  return { offset, end: offset + bytes.length, bytes }
}

t.test('a batch has a line at its place and with its bytes, not one of another file there', (t) => {
  const suspect = batch(100, 'first\nsecond\nthird\n')
  t.ok(holds(suspect, batch(106, 'second\n')))
  t.ok(holds(suspect, batch(100, 'first\n')))
  t.notOk(holds(suspect, batch(106, 'secund\n')), 'other bytes')
  t.notOk(holds(suspect, batch(107, 'second\n')), 'another place')
  t.notOk(holds(suspect, batch(94, 'first\n')), 'before it')
  t.notOk(holds(suspect, batch(113, 'third\nfourth\n')), 'beyond its end')
  t.notOk(holds(suspect, batch(300, 'first\n')))
  t.end()
})

t.test('one line may want its end', (t) => {
  for (const [text, expected] of [
    ['a\n', true],
    ['a', true],
    ['a\nb\n', false]
  ] as const) {
    t.equal(isOneLine(Buffer.from(text)), expected)
  }
  t.end()
})
