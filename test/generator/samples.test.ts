import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { REJECTION_REASONS } from '../../src/event/event.js'
import { generateChunks } from '../../src/generator/generate.js'
import type { Accounting } from '../../src/query/shapes.js'
import { outcomeOf, verdictOf } from '../support/lines.js'

/** From `dist/test/generator` to the samples of the checkout. */
const sample = (name: string) => readFileSync(new URL(`../../../samples/${name}`, import.meta.url))

/** The lines of a file as the reader will cut them: without line feed and BOM. */
function linesOf(file: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let start = file.subarray(0, 3).equals(Buffer.from('\ufeff')) ? 3 : 0
  for (let end = file.indexOf(10, start); end !== -1; end = file.indexOf(10, start)) {
    lines.push(file.subarray(start, end))
    start = end + 1
  }
  if (start < file.length) lines.push(file.subarray(start))
  return lines
}

t.test('events.jsonl is what the generator makes', (t) => {
  const options = { events: 20_000, seed: 1, items: 500, customers: 800, hours: 72 }
  const made = [...generateChunks({ ...options, startMs: Date.UTC(2026, 10, 17) })].join('')
  const hashOf = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
  t.equal(hashOf(made), hashOf(sample('events.jsonl')))
  t.end()
})

t.test('each line of dirty.jsonl comes to what is stated for it', (t) => {
  const stated = JSON.parse(sample('dirty.outcomes.json').toString()) as string[]
  const lines = linesOf(sample('dirty.jsonl'))
  t.equal(lines.length, stated.length)
  for (const [index, line] of lines.entries()) {
    const [outcome = ''] = stated[index]!.split(' ')
    // The clock is not the parser's: what is in the future is accepted here.
    const expected = outcome === 'future_timestamp' ? 'accepted' : outcome
    t.equal(outcomeOf(line), expected, `line ${index}: ${JSON.stringify(line.toString('latin1', 0, 60))}`)
  }
  t.end()
})

t.test('dirty.expected.json is the accounting of what the parser decides', (t) => {
  const expected = JSON.parse(sample('dirty.expected.json').toString()) as Accounting
  // No line is quarantined, which is not named then.
  const named = REJECTION_REASONS.filter((reason) => reason !== 'quarantined')
  t.same(Object.keys(expected.rejected_by_reason), named)
  const found = { blank: 0, accepted: 0, unpriced: 0, anonymous: 0, rejected: 0 }
  const reasons = new Map<string, number>()
  for (const line of linesOf(sample('dirty.jsonl'))) {
    const verdict = verdictOf(line)
    found[verdict.outcome]++
    if (verdict.outcome === 'rejected') reasons.set(verdict.reason, (reasons.get(verdict.reason) ?? 0) + 1)
    if (verdict.outcome !== 'accepted') continue
    // Only the store can tell a future event, by the machine's clock.
    if (verdict.event.timestampMs > Date.UTC(9000, 0)) {
      found.accepted--
      found.rejected++
      reasons.set('future_timestamp', (reasons.get('future_timestamp') ?? 0) + 1)
      continue
    }
    if (verdict.event.type === 'purchase' && verdict.event.priceMinor === null) found.unpriced++
    if (verdict.event.customerId === null) found.anonymous++
  }
  const { blank, accepted, unpriced, anonymous, rejected } = expected
  t.same(found, { blank, accepted, unpriced, anonymous, rejected })
  t.equal(expected.lines, blank + accepted + rejected)
  for (const reason of named) {
    t.equal(reasons.get(reason) ?? 0, expected.rejected_by_reason[reason], reason)
  }
  t.end()
})

t.test('dirty.jsonl has every other awkward thing it is meant to have', (t) => {
  const file = sample('dirty.jsonl')
  t.ok(file.subarray(0, 3).equals(Buffer.from('\ufeff')), 'a BOM at offset 0')
  t.ok(file.includes('}\r\n'), 'CRLF')
  t.not(file.at(-1), 10, 'no line feed at the end')
  t.ok(file.includes('\\u0069tem_id'), 'an escaped key')
  t.ok(file.includes(Buffer.alloc(200)), 'NUL')
  t.end()
})
