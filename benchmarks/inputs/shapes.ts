import { createRandom } from '../../src/generator/random.js'

/** Turns whole lines of the generator into whole lines of another shape. */
type Reshape = (text: string) => string

/**
 * Shapes of the generator's lines that mean the same. Each entry makes a
 * transformation that goes through one file, piece by piece, with a random
 * stream of its own. They rely on what the generator writes: flat objects
 * without blanks or escapes, and no `":` or `,"` within a text.
 */
export const RESHAPES = {
  /** As the generator writes them: about 134 bytes on average. */
  short: () => (text) => text,
  /** About 600 bytes: fields that a shop would log and footfall has no use for, before and behind the others. */
  long: (seed) => eachLine(padder(seed)),
  /** As Python's json.dumps writes them by default: a blank behind each colon and comma. */
  spaced: () => (text) => text.replaceAll('":', '": ').replaceAll(',"', ', "'),
  /** The keys of each line in an order of its own. */
  shuffled: (seed) => eachLine(shuffler(seed))
} as const satisfies Record<string, (seed: number) => Reshape>

export type Shape = keyof typeof RESHAPES

/** The generator's lines with each item replaced by any of `items`, all equally likely: the hardest on caches. */
export function uniformItems(items: number, seed: number): Reshape {
  const random = createRandom(seed)
  return (text) => text.replace(/"sku_\d+"/g, () => `"sku_${random.below(items)}"`)
}

function eachLine(make: (line: string) => string): Reshape {
  return (text) =>
    text
      .split('\n')
      .map((line) => (line === '' ? '' : make(line)))
      .join('\n')
}

function shuffler(seed: number): (line: string) => string {
  const random = createRandom(seed)
  return (line) => {
    // `{"a":1,"b":2}` → `a":1`, `b":2`
    const members = line.slice(2, -1).split(',"')
    for (let last = members.length - 1; last > 0; last--) {
      const other = random.below(last + 1)
      const moved = members[last]!
      members[last] = members[other]!
      members[other] = moved
    }
    return `{"${members.join(',"')}}`
  }
}

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0'
]

/** Nested objects, an array, escapes and text beyond ASCII are among the fields, as in any shop's log. */
function padder(seed: number): (line: string) => string {
  const random = createRandom(seed)
  return (line) => {
    const number = random.below(1e9)
    const before = {
      schema: 'shop.event/2',
      trace: { id: number.toString(16).padStart(16, '0'), sampled: number % 2 === 0 },
      app: { name: 'storefront', version: '4.18.2' }
    }
    const behind = {
      user_agent: AGENTS[number % AGENTS.length],
      referrer: `https://www.example.com/search?q=caf%C3%A9&page=${number % 50}`,
      title: 'Grüße aus "Köln" – Café\tCrème',
      tags: ['web', 'returning', `ab-${number % 7}`],
      geo: { city: 'München', lat: 48.137154, lon: 11.576124 },
      consent: null
    }
    return `${JSON.stringify(before).slice(0, -1)},${line.slice(1, -1)},${JSON.stringify(behind).slice(1)}`
  }
}
