import { join } from 'node:path'
import t from 'tap'
import { ROOT } from './support/documents.js'
import { difference, play, stepsOf } from './support/transcript.js'

t.test('what the guide to the answers shows is what comes', async (t) => {
  const steps = stepsOf(join(ROOT, 'docs', 'semantics.md'))
  t.ok(steps.filter(({ text, json }) => text !== null || json !== undefined).length > 8)
  await play(t, steps)
})

t.test('what is shown of an answer must be in it, and lists be whole', (t) => {
  const answer = { data: [{ rank: 1, value: 2 }], meta: null }
  t.equal(difference(answer, { data: [{ value: 2 }] }), null)
  t.match(difference(answer, { data: [{ value: 3 }] }), /^\$\.data\.0\.value is 2, not 3$/)
  t.match(difference(answer, { data: [] }), /\$\.data has other elements/)
  t.match(difference(answer, { data: [{ value: 2 }, {}] }), /\$\.data has other elements/)
  t.match(difference(answer, { meta: {} }), /\$\.meta is null/)
  t.match(difference(answer, { more: 1 }), /\$\.more is undefined/)
  t.end()
})
