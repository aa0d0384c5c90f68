import t from 'tap'
import { detectFormat } from '../../src/event/detect.js'
import { PRESETS, type PresetName } from '../../src/event/presets.js'
import { presetLines } from '../support/preset-lines.js'
import { seeded } from '../support/random.js'

const OWN = '{"event_type":"page_visit","timestamp":1700000000}\n'
const ROCKET = '{"timestamp":1433221332117,"visitorid":257597,"event":"view","itemid":355908}\n'
const COMMON = '{"ts":1700000000,"type":"view","sku":1}\n'
const detect = (text: string, isWhole = false) => detectFormat(Buffer.from(text), isWhole)

t.test('lines of every preset are known by the first of them', (t) => {
  const random = seeded(t)
  for (const preset of Object.keys(PRESETS) as PresetName[]) {
    const lines = presetLines(preset, random)
    const text = Array.from({ length: 20 }, () => lines.next().value).join('')
    t.strictSame(detect(text), { kind: 'found', preset, line: 1 })
  }
  t.end()
})

t.test('the first line that is an event decides, whatever comes before and behind it', (t) => {
  t.strictSame(detect(`x\n\n{"a":1}\n${ROCKET}${OWN}`), { kind: 'found', preset: 'retailrocket', line: 4 })
  t.strictSame(detect(`${OWN}${ROCKET.repeat(50)}`), { kind: 'found', preset: 'footfall', line: 1 })
  t.strictSame(detect(`\uFEFF${ROCKET}`), { kind: 'found', preset: 'retailrocket', line: 1 })
  const decided = detect(ROCKET)
  for (const more of [OWN, ROCKET, COMMON, 'x\n']) t.strictSame(detect(ROCKET + more), decided, 'appended to')
  t.end()
})

t.test('common names are taken where no line is of a format of its own', (t) => {
  t.strictSame(detect(`{}\n${COMMON}`), { kind: 'found', preset: 'aliases', line: 2 })
  t.strictSame(detect(`${COMMON}${OWN}`), { kind: 'found', preset: 'footfall', line: 2 })
  t.end()
})

t.test('a line of several formats is none', (t) => {
  const both = `{"event":"view","timestamp":1700000000,"event_type":"view","event_time":1700000000}\n`
  t.strictSame(detect(both), { kind: 'ambiguous', presets: ['retailrocket', 'rees46'], line: 1 })
  t.end()
})

t.test('what fits nothing is told with its keys', (t) => {
  t.strictSame(detect('x\n[1]\n{"a":1,"b":{}}\n{"c":1}\n'), { kind: 'unknown', lines: 4, keys: ['a', 'b'] })
  t.strictSame(detect(`${'{"a":1}\n'.repeat(100)}${OWN}`), { kind: 'unknown', lines: 100, keys: ['a'] })
  t.strictSame(detect('\x89PNG\n'), { kind: 'unknown', lines: 1, keys: [] })
  t.end()
})

t.test('a line without its end is one only where nothing more can come', (t) => {
  t.strictSame(detect(''), { kind: 'empty' })
  t.strictSame(detect(ROCKET.trimEnd()), { kind: 'empty' })
  t.strictSame(detect('\n \r\n'), { kind: 'empty' })
  t.strictSame(detect(ROCKET.trimEnd(), true), { kind: 'found', preset: 'retailrocket', line: 1 })
  t.end()
})
