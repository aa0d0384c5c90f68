import type { Test } from 'tap'
import type { Poison } from '../ingest/children/poisoned-pool.js'
import { seeded } from './random.js'
import { randomStream, type Stream } from './streams.js'

/** What the line has in it at which threads fail. */
const MARKER = 'the poison'

const EVENT = {
  kind: 'page_visit',
  ms: 1_700_000_000_000,
  item: MARKER,
  customer: 'c',
  cents: null,
  quantity: 1n
} as const
const LINE = `{"event_type":"page_visit","timestamp":1700000000,"item_id":"${MARKER}","customer_id":"c"}\n`

export interface PoisonedStream extends Stream {
  /** Where the line is, [offset, end). */
  readonly poison: { readonly offset: number; readonly end: number }
}

/** A stream with a line in its midst at which threads fail. `outcome`: what must come of that line. */
export function poisonedStream(t: Test, outcome: 'quarantined' | 'accepted', lines = 3000): PoisonedStream {
  const random = seeded(t)
  const [before, behind] = [randomStream(random, lines / 2), randomStream(random, lines / 2)]
  const offset = Buffer.byteLength(before.text)
  const end = offset + LINE.length
  return {
    poison: { offset, end },
    text: before.text + LINE + behind.text,
    outcomes: [
      ...before.outcomes,
      { end, outcome, event: outcome === 'accepted' ? EVENT : null },
      ...behind.outcomes.map((line) => ({ ...line, end: end + line.end }))
    ]
  }
}

/** Has the threads of pools that start from now on fail at the line. */
export function poison(how: Poison['how'], at: Poison['at'], once: string | null): URL {
  process.env['FOOTFALL_TEST_POISON'] = JSON.stringify({ marker: MARKER, how, at, once } satisfies Poison)
  return new URL('../ingest/children/poisoned-pool.js', import.meta.url)
}
