import { IDENTITY_MAPPING, parseMapping } from '../../src/event/mapping.js'
import { PRESETS } from '../../src/event/presets.js'
import { LineFuzzer, shuffle } from './line-fuzzer.js'
import { flat } from './mappings.js'
import { Random } from './random.js'
import { ScanBench, type JudgedLine, type Place } from './scan-bench.js'

const LONG_NAMES = flat(
  {
    event_type: 'the_kind_of_event_that_it_was',
    timestamp: 'Zeitpunkt_der_Kundenaktivität',
    item_id: '商品番号',
    customer_id: 'customer.identifier',
    price: 'sixteen_bytes_ok',
    quantity: 'seventeen_bytes_k'
  },
  {
    page_visit: 'Seite besucht – nur angesehen',
    add_to_cart: 'カート',
    purchase: 'a_long_name_of_a_purchase'
  }
)
/** Names of one length that share their first and their last 8 bytes. */
const ALIKE_NAMES = flat(
  {
    event_type: 'shop_key_0_of_event',
    timestamp: 'shop_key_1_of_event',
    item_id: 'shop_key_2_of_event',
    customer_id: 'shop_key_3_of_event',
    price: 'shop_key_4_of_event',
    quantity: 'shop_key_5_of_event'
  },
  {
    page_visit: 'event_nr_1_of_shop',
    add_to_cart: 'event_nr_2_of_shop',
    purchase: 'event_nr_3_of_shop'
  }
)
const SHORT_NAMES = flat(
  {
    event_type: 'e',
    timestamp: 't',
    item_id: 'id',
    customer_id: 'é',
    price: '12345678',
    quantity: '123456789'
  },
  { page_visit: 'v', add_to_cart: '🛒', purchase: 'purchase' }
)
/** Names within objects that share some, alternatives at every level, and items with objects in them. */
const NESTED_NAMES = parseMapping([
  ...['event_type=e.kind', 'event_type=type', 'timestamp=e.time.at', 'timestamp=ts', 'timestamp=e.ts'],
  ...['item_id=e.lines[].item.sku', 'item_id=e.lines[].id', 'item_id=e.item.id', 'item_id=sku'],
  ...[
    'price=e.lines[].item.price',
    'price=amount',
    'price=e.item.price',
    'quantity=e.lines[].n',
    'quantity=n'
  ],
  ...[
    'customer_id=user.id',
    'customer_id=e.visitor',
    'purchase=order',
    'purchase=purchase',
    'page_visit=view'
  ]
])
const ALTERNATIVES = parseMapping([
  ...[
    'item_id=item_id',
    'item_id=sku',
    'price=price',
    'price=cost',
    'customer_id=user',
    'customer_id=visitor'
  ],
  ...['timestamp=at', 'timestamp=timestamp', 'page_visit=view', 'page_visit=a_rather_long_name_of_a_visit']
])
const SETTINGS = [
  { mapping: NESTED_NAMES, minorDigits: 2 },
  { mapping: ALTERNATIVES, minorDigits: 2 },
  { mapping: PRESETS.ga4, minorDigits: 2 },
  { mapping: PRESETS.segment, minorDigits: 2 },
  { mapping: PRESETS.rees46, minorDigits: 2 },
  { mapping: PRESETS.retailrocket, minorDigits: 0 },
  { mapping: PRESETS.aliases, minorDigits: 3 },
  { mapping: IDENTITY_MAPPING, minorDigits: 2 },
  { mapping: IDENTITY_MAPPING, minorDigits: 0 },
  { mapping: IDENTITY_MAPPING, minorDigits: 2 },
  { mapping: LONG_NAMES, minorDigits: 2 },
  { mapping: IDENTITY_MAPPING, minorDigits: 3 },
  { mapping: ALIKE_NAMES, minorDigits: 3 },
  { mapping: SHORT_NAMES, minorDigits: 0 },
  { mapping: IDENTITY_MAPPING, minorDigits: 8 }
]
const ROOM_BYTES = 3 << 20
const SHOWN_BYTES = 4096

/** A line that the scanner and the reference parser do not agree on, or a batch that cannot be scanned. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement'
}

/** What the batches so far were made of. */
export interface FuzzTally {
  batches: number
  lines: number
  bytes: number
  accepted: number
  rejected: number
  blank: number
  /** By the scanner, of those that the reference parser accepts, rejects or calls blank. */
  declined: number
  declinedAccepted: number
}

/** Batches of made lines, each scanned twice in different places and compared with the reference parser. */
export class ScanFuzz {
  readonly seed: number
  readonly tally: FuzzTally = {
    ...{
      batches: 0,
      lines: 0,
      bytes: 0,
      accepted: 0,
      rejected: 0,
      blank: 0,
      declined: 0,
      declinedAccepted: 0
    }
  }
  readonly #benches

  constructor(seed: number) {
    this.seed = seed
    const hashSeed = Buffer.alloc(8, seed.toString(16))
    this.#benches = SETTINGS.map((setting) => new ScanBench({ ...setting, seed: hashSeed }))
  }

  /** Makes and compares one batch; throws a Disagreement that shows the line. */
  batch(): void {
    const number = this.tally.batches++
    const random = new Random(Math.imul(this.seed, 0x9e3779b1) + number)
    const bench = this.#benches[number % this.#benches.length]!
    const text = makeText(random, new LineFuzzer(random, bench.mapping))
    const lines = bench.judge(text)
    const fail = (line: JudgedLine | undefined, what: string): never => {
      const { minorDigits, mapping } = bench
      const setting = `${minorDigits} decimals, mapping ${JSON.stringify(mapping)}`
      throw new Disagreement(`seed ${this.seed}, batch ${number}, ${setting}: ${what}\n${shown(line)}`)
    }
    const first = this.#scan(bench, lines, { ...placeFor(random), slot: 0 }, fail)
    const order = lines.map((_, index) => index)
    shuffle(random, order)
    const shuffled = order.map((index) => lines[index]!)
    const place = {
      ...placeFor(random),
      slot: random.oneIn(2) ? 1 : 0,
      spareRecords: 1 + random.int(60)
    } as const
    const second = this.#scan(bench, shuffled, place, fail)
    for (const [at, index] of order.entries()) {
      if (second[at] !== first[index]) fail(lines[index], `declined ${first[index]}, elsewhere ${second[at]}`)
    }
    this.#count(lines, first, text.length)
  }

  #scan(
    bench: ScanBench,
    lines: readonly JudgedLine[],
    place: Place,
    fail: (line: JudgedLine | undefined, what: string) => never
  ): Uint8Array {
    try {
      const { declined, mismatch } = bench.scan(lines, place)
      return mismatch === null ? declined : fail(lines[mismatch.line], mismatch.what)
    } catch (error) {
      if (error instanceof Disagreement && !error.message.includes('(no line)')) throw error
      // The tally does not add up, or the scanner failed: the line at fault fails alone, as a rule.
      const guilty = lines.find((line) => !agrees(bench, line))
      return fail(guilty, error instanceof Error ? error.message : String(error))
    }
  }

  #count(lines: readonly JudgedLine[], declined: Uint8Array, bytes: number): void {
    const { tally } = this
    tally.lines += lines.length
    tally.bytes += bytes
    for (const [number, { verdict }] of lines.entries()) {
      tally[verdict.outcome]++
      if (declined[number] === 0) continue
      tally.declined++
      if (verdict.outcome === 'accepted') tally.declinedAccepted++
    }
  }
}

function agrees(bench: ScanBench, line: JudgedLine): boolean {
  try {
    return bench.scan([line]).mismatch === null
  } catch {
    return false
  }
}

function makeText(random: Random, fuzzer: LineFuzzer): Buffer {
  const count = random.oneIn(10) ? 1 + random.int(4) : 1 + random.int(1000)
  const end = Buffer.from(random.oneIn(6) ? '\r\n' : '\n')
  const parts: Buffer[] = []
  let size = 0
  const add = (line: Buffer) => {
    if (size + line.length + 2 > ROOM_BYTES) return
    parts.push(line, end)
    size += line.length + end.length
  }
  const longAt = random.oneIn(3) ? random.int(count) : -1
  for (let line = 0; line < count; line++) {
    if (line === longAt) add(fuzzer.long(longSize(random)))
    add(fuzzer.next())
  }
  return Buffer.concat(parts)
}

/** About where the scanner's stretches and the longest line end. */
function longSize(random: Random): number {
  const size = random.oneIn(20) ? 1 << 20 : random.pick([1 << 15, 1 << 16, 1 << 17, 3000])
  return size - 2 + random.int(5)
}

function placeFor(random: Random): Place {
  return { from: random.int(130), isEnded: random.oneIn(2) }
}

/** A line as a JavaScript string literal, a character a byte. */
function shown(line: JudgedLine | undefined): string {
  if (line === undefined) return '(no line)'
  const text = JSON.stringify(line.bytes.toString('latin1').slice(0, SHOWN_BYTES)).replace(
    /[\x7f-\xff]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16)}`
  )
  return `${JSON.stringify(line.verdict)} of ${line.bytes.length} bytes (a character a byte): ${text}`
}
