import type { FastifyRequest, FastifySchemaValidationError } from 'fastify'
import Type from 'typebox'
import { parseBucket, parseDay, type Granularity } from '../base/civil-date.js'
import { DEFAULT_ROWS, LIVE_WINDOW_MINUTES, MAX_PROBLEM_ERRORS, MAX_ROWS } from '../base/limits.js'
import { MAX_ID_BYTES } from '../event/limits.js'
import { GranularitySchema } from '../query/history-shapes.js'
import { WINDOW_PATTERN, parseWindow, windowOfMinutes } from '../query/window.js'

/**
 * How query parameters are checked. Fastify's defaults would strip unknown
 * parameters in silence and take `1e1`, `+5` or ` 5` for integers, so both are
 * off. All errors are collected: the schemas are flat, so their number is
 * bounded by the request's size. Schemas are not compared with the schema of
 * schemas, which would first have to be compiled, for 50 ms: the test of the
 * OpenAPI document does that.
 */
export const AJV_OPTIONS = {
  allErrors: true,
  coerceTypes: false,
  meta: false,
  formats: {
    window: (text: string) => parseWindow(text) !== null,
    date: (text: string) => parseDay(text) !== null,
    bucket: (text: string) => parseBucket(text) !== null,
    id: (text: string) => text !== '' && Buffer.byteLength(text) <= MAX_ID_BYTES
  },
  removeAdditional: false,
  validateSchema: false
} as const

/** The query of a route that has no parameters. */
export const NoQuerySchema = Type.Object({}, { additionalProperties: false })

/** The `limit` parameter of a ranking. */
export const LimitParameter = Type.Integer({
  minimum: 1,
  maximum: MAX_ROWS,
  default: DEFAULT_ROWS,
  description: 'How many items at most, in plain digits.',
  examples: [DEFAULT_ROWS]
})

const WIDEST_WINDOW = windowOfMinutes(LIVE_WINDOW_MINUTES).text

/** The `window` parameter of a route whose default is given as text: `1h`; null: where it cannot be told from what was asked. */
export function windowParameter(defaultText: string | null) {
  return Type.String({
    pattern: WINDOW_PATTERN,
    format: 'window',
    ...(defaultText !== null && { default: defaultText }),
    description: `The trailing window: whole minutes or hours, 1m to ${WIDEST_WINDOW}.`,
    examples: ['90m']
  })
}

/** A `metric` parameter from the schema of a metric. */
export function metricParameter<T extends object>(schema: T): T {
  return { ...schema, description: 'What is added up.', examples: ['revenue'] }
}

/** The `granularity` parameter; in the route's own words. */
export function granularityParameter(words: { description: string; default?: Granularity }) {
  return { ...GranularitySchema, examples: ['week'], ...words }
}

/** A parameter that is a date: `2026-11-20`. */
export function dateParameter(description: string, example: string) {
  return Type.String({
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    format: 'date',
    description,
    examples: [example]
  })
}

/** The name of a day, ISO week or month. */
export const BucketParameter = Type.String({
  pattern: '^[0-9]{4}-(?:W[0-9]{2}|[0-9]{2}(?:-[0-9]{2})?)$',
  format: 'bucket',
  description: 'A day (2026-11-20), an ISO week (2026-W47) or a month (2026-11).',
  examples: ['2026-11']
})

/** The `as_of` parameter. */
export const InstantParameter = Type.String({
  maxLength: 40,
  description: 'The minute of this instant is the last one of the window; by default the current one.',
  examples: ['2026-11-20T10:00:00Z']
})

/** An end of a stretch: an instant or a date, as the question has it. */
export function endParameter(description: string, example: string) {
  return Type.String({ maxLength: 40, description, examples: [example] })
}

/** The `floor` parameter of trends. */
export const FloorParameter = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description:
    'The least value, in one of both periods, of an item that counts; by default 10, of revenue 100 of the currency.',
  examples: [50]
})

/** The `item_id` parameter. */
export const ItemIdParameter = Type.String({
  format: 'id',
  description: `One item, 1 to ${MAX_ID_BYTES} bytes of UTF-8; by default the whole shop.`,
  examples: ['sku_0']
})

const PLAIN_DIGITS = /^(?:0|[1-9][0-9]*)$/

/**
 * A `preValidation` hook that reads the named query parameters as integers
 * where they are written in plain digits, without sign, blank, leading zero,
 * point or exponent. Anything else stays a text, or a list where the parameter
 * came twice, and fails validation as such.
 */
export function integerParameters(...names: readonly string[]) {
  return (request: FastifyRequest, _reply: unknown, done: () => void): void => {
    const query = request.query as Record<string, unknown>
    for (const name of names) {
      const text = query[name]
      if (typeof text === 'string' && PLAIN_DIGITS.test(text)) query[name] = Number(text)
    }
    done()
  }
}

/** One bad parameter, as a problem lists it. */
export interface ParameterError {
  readonly parameter: string
  readonly detail: string
}

/** What validation found wrong, one entry a parameter, at most `MAX_PROBLEM_ERRORS`. */
export function parameterErrors(found: readonly FastifySchemaValidationError[]): ParameterError[] {
  const details = new Map<string, string>()
  for (const error of found) {
    if (error.keyword === 'additionalProperties') {
      details.set(String(error.params['additionalProperty']), 'unknown parameter')
    } else if (error.keyword === 'required') {
      details.set(String(error.params['missingProperty']), 'must be given')
    } else {
      // A window that fails its pattern fails its format too; the format, which comes last, says more.
      details.set(error.instancePath.slice(1), detailOf(error))
    }
    if (details.size === MAX_PROBLEM_ERRORS) break
  }
  return Array.from(details, ([parameter, detail]) => ({ parameter, detail }))
}

/** What is told of a text that is not of its format. */
const FORMAT_DETAILS: Readonly<Record<string, string>> = {
  window: `must be whole minutes or hours from 1m to ${WIDEST_WINDOW}, such as 90m or 6h`,
  date: 'must be a date of the calendar, such as 2026-11-20',
  bucket: 'must be a day, an ISO week or a month of the calendar, such as 2026-11-20, 2026-W47 or 2026-11',
  id: `must be 1 to ${MAX_ID_BYTES} bytes long`
}

function detailOf({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'type') {
    return params['type'] === 'integer'
      ? 'must be given once, as a whole number in plain digits'
      : 'must be given once'
  }
  if (keyword === 'enum') {
    return `must be one of ${(params['allowedValues'] as string[]).join(', ')}`
  }
  return FORMAT_DETAILS[String(params['format'])] ?? message ?? 'is not valid'
}
