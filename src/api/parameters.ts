import type { FastifyRequest, FastifySchemaValidationError } from 'fastify'
import Type from 'typebox'
import { DEFAULT_ROWS, LIVE_WINDOW_MINUTES, MAX_PROBLEM_ERRORS, MAX_ROWS } from '../base/limits.js'
import { WINDOW_PATTERN, parseWindow, windowOfMinutes } from '../query/window.js'

/**
 * How query parameters are checked. Fastify's defaults would strip unknown
 * parameters in silence and take `1e1`, `+5` or ` 5` for integers, so both are
 * off. All errors are collected: the schemas are flat, so their number is
 * bounded by the request's size.
 */
export const AJV_OPTIONS = {
  allErrors: true,
  coerceTypes: false,
  formats: { window: (text: string) => parseWindow(text) !== null },
  removeAdditional: false
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

/** The `window` parameter of a route whose default is given as text: `1h`. */
export function windowParameter(defaultText: string) {
  return Type.String({
    pattern: WINDOW_PATTERN,
    format: 'window',
    default: defaultText,
    description: `The trailing window: whole minutes or hours, 1m to ${WIDEST_WINDOW}.`,
    examples: ['90m']
  })
}

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
    } else {
      // A window that fails its pattern fails its format too; the format, which comes last, says more.
      details.set(error.instancePath.slice(1), detailOf(error))
    }
    if (details.size === MAX_PROBLEM_ERRORS) break
  }
  return Array.from(details, ([parameter, detail]) => ({ parameter, detail }))
}

function detailOf({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'type') {
    return params['type'] === 'integer'
      ? 'must be given once, as a whole number in plain digits'
      : 'must be given once'
  }
  if (params['format'] === 'window') {
    return `must be whole minutes or hours from 1m to ${WIDEST_WINDOW}, such as 90m or 6h`
  }
  return message ?? 'is not valid'
}
