import fc, { type Arbitrary } from 'fast-check'
import type { Parameter, ParameterSchema } from './documented-app.js'

/** What there is to ask for. */
export interface Known {
  readonly nowMs: number
  readonly itemIds: readonly string[]
  readonly revision: string
}

/** A parameter and its value. */
export type Pair = readonly [name: string, value: string]

/** Parameters of an operation as the document allows them: the required ones, and some of the others. */
export function validPairs(parameters: readonly Parameter[], known: Known): Arbitrary<readonly Pair[]> {
  const each = parameters
    .filter((parameter) => parameter.in !== 'header' && !isEnd(parameter))
    .map((parameter) => {
      const pair = validValue(parameter, known).map((value): readonly Pair[] => [[parameter.name, value]])
      return parameter.required
        ? pair
        : fc.oneof({ weight: 2, arbitrary: NONE }, { weight: 1, arbitrary: pair })
    })
  const ends = parameters.filter(isEnd)
  const trailing = fc.tuple(...each).map((pairs) => pairs.flat())
  if (ends.length === 0) return trailing
  return fc.oneof(
    { weight: 4, arbitrary: trailing },
    {
      weight: 4,
      arbitrary: fc
        .tuple(trailing, stretches(ends, known))
        .map(([pairs, stretch]) => [...pairs.filter(([name]) => !ENDED.has(name)), ...stretch])
    },
    { weight: 1, arbitrary: fc.tuple(trailing, stretches(ends, known)).map((pairs) => pairs.flat()) }
  )
}

/** What does not go with two ends. */
const ENDED: ReadonlySet<string> = new Set(['window', 'as_of'])

const NONE: Arbitrary<readonly Pair[]> = fc.constant([])

function isEnd({ name }: Parameter): boolean {
  return name === 'from' || name === 'to'
}

/** Two ends, mostly both, in order and of one kind. */
function stretches(ends: readonly Parameter[], known: Known): Arbitrary<readonly Pair[]> {
  const pairOf = (end: Arbitrary<string>) => fc.tuple(end, end).map((two) => two.sort())
  const areDates = ends.every(({ schema }) => schema.format === 'date')
  const free = fc.string({ maxLength: 40, unit: 'binary' })
  return fc
    .record({
      two: areDates
        ? pairOf(dates(known))
        : fc.oneof(...[instants(known), dates(known), free].map((end) => pairOf(end))),
      given: fc.constantFrom(ends, ends, ends, ends, ends.slice(0, 1), ends.slice(1))
    })
    .map(({ two, given }) => given.map(({ name }) => [name, two[name === 'from' ? 0 : 1]]))
}

/** What the schema of a parameter allows. */
function validValue({ name, schema, example }: Parameter, known: Known): Arbitrary<string> {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.type === 'integer') {
    const near = Math.min(maximum, minimum + 50)
    return fc.oneof(
      fc.integer({ min: minimum, max: near }).map(String),
      fc.integer({ min: minimum, max: maximum }).map(String),
      fc.constantFrom(minimum, maximum).map(String)
    )
  }
  const ofFormat = FORMATS[schema.format ?? '']
  if (ofFormat !== undefined) return fc.oneof(ofFormat(known), fc.constant(String(example)))
  // Instants and dates, as the question has it.
  return fc.oneof(
    { weight: 4, arbitrary: instants(known) },
    { weight: 3, arbitrary: dates(known) },
    { weight: 1, arbitrary: fc.constant(String(example)) },
    {
      weight: name === 'as_of' ? 2 : 1,
      arbitrary: fc.string({ maxLength: schema.maxLength ?? 40, unit: 'binary' })
    }
  )
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const iso = (ms: number) => new Date(ms).toISOString()

/** Whole minutes, most of them live, and others. */
function instants({ nowMs }: Known): Arbitrary<string> {
  const minute = Math.floor(nowMs / MINUTE_MS)
  return fc.oneof(
    fc.integer({ min: minute - 1500, max: minute + 60 }).map((one) => iso(one * MINUTE_MS)),
    fc
      .integer({ min: Math.floor(minute / 60) - 26, max: Math.floor(minute / 60) + 1 })
      .map((one) => iso(one * 60 * MINUTE_MS)),
    fc.integer({ min: 0, max: 253_402_300_799_999 }).map(iso),
    fc.integer({ min: -5000, max: 100 }).map((ago) => iso(nowMs + ago).replace('Z', '+02:00'))
  )
}

/** Days, most of them of the history. */
function dates({ nowMs }: Known): Arbitrary<string> {
  const today = Math.floor(nowMs / DAY_MS)
  const name = (day: number) => iso(day * DAY_MS).slice(0, 10)
  return fc.oneof(
    fc.integer({ min: today - 12, max: today + 2 }).map(name),
    fc.integer({ min: 0, max: 2_932_896 }).map(name)
  )
}

const FORMATS: Readonly<Record<string, (known: Known) => Arbitrary<string>>> = {
  window: () =>
    fc.oneof(
      fc.integer({ min: 1, max: 1440 }).map((minutes) => `${minutes}m`),
      fc.integer({ min: 1, max: 24 }).map((hours) => `${hours}h`)
    ),
  date: dates,
  bucket: (known) =>
    fc.oneof(
      dates(known),
      dates(known).map((day) => day.slice(0, 7)),
      fc.tuple(fc.integer({ min: 1971, max: 9998 }), fc.integer({ min: 1, max: 52 })).map(weekName),
      fc.integer({ min: 42, max: 48 }).map((week) => weekName([new Date(known.nowMs).getUTCFullYear(), week]))
    ),
  id: ({ itemIds }) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...itemIds) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'most-viewed',
          '__proto__',
          'constructor',
          '=cmd()',
          '<b>',
          'a/b',
          '%',
          '\u0000'
        )
      },
      { weight: 1, arbitrary: fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }) }
    )
}

function weekName([year, week]: readonly [number, number]): string {
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** Parameters of which one breaks a rule that the document states: whatever else they say, that is a 400. */
export function brokenPairs(
  pairs: readonly Pair[],
  parameters: readonly Parameter[]
): Arbitrary<readonly Pair[]> {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query')
  const names = inQuery.map(({ name }) => name)
  const unknown = fc
    .tuple(
      UNKNOWN_NAMES.filter((name) => !names.includes(name)),
      HUGE_OR_ODD
    )
    .map((pair): readonly Pair[] => [...pairs, pair])
  const ways: Arbitrary<readonly Pair[]>[] = [unknown]
  const asked = pairs.filter(([name]) => names.includes(name))
  if (asked.length > 0) ways.push(fc.constantFrom(...asked).map((pair) => [...pairs, pair]))
  for (const { name, required, schema } of inQuery) {
    const others = pairs.filter(([other]) => other !== name)
    if (required) ways.push(fc.constant(others))
    ways.push(badValue(schema).map((value) => [...others, [name, value] as const]))
  }
  for (const { name, schema } of parameters.filter((parameter) => parameter.in === 'path')) {
    ways.push(
      badValue(schema)
        .filter((value) => value !== '')
        .map((value) => [[name, value] as const])
    )
  }
  return fc.oneof(...ways)
}

const HUGE_OR_ODD: Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\r\n',
    '💥',
    'null',
    '[]',
    '{}',
    '1e1',
    '-1',
    '0x1',
    '+1',
    ' 5',
    '01',
    '1.0',
    'NaN'
  ),
  fc.constantFrom('٣', 'x'.repeat(300), '9'.repeat(400), "' OR 1=1 --", '../../etc/passwd', '__proto__')
)

const UNKNOWN_NAMES: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'limit[]',
    'LIMIT',
    'token',
    'q',
    ' limit',
    'limit\u0000',
    ''
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' })
)

/** What the schema of a parameter does not allow. */
function badValue(schema: ParameterSchema): Arbitrary<string> {
  if (schema.enum !== undefined) return HUGE_OR_ODD.filter((text) => !schema.enum?.includes(text))
  if (schema.type === 'integer')
    return HUGE_OR_ODD.filter((text) => !/^(?:0|[1-9]\d*)$/.test(text) || text.length > 20)
  if (schema.pattern !== undefined) {
    const pattern = new RegExp(schema.pattern)
    return fc.oneof(
      HUGE_OR_ODD.filter((text) => !pattern.test(text)),
      // Of the form, and yet none.
      fc.constantFrom('9999h', '1441m', '2026-02-30', '2026-13-01', '2026-W54', '2026-13', '0000-00-00')
    )
  }
  if (schema.format === 'id') return fc.constantFrom('', 'x'.repeat(257), 'é'.repeat(129), '💥'.repeat(65))
  return fc.string({ minLength: (schema.maxLength ?? 40) + 1, maxLength: 200, unit: 'grapheme' })
}
