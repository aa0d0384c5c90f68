import { STATUS_CODES } from 'node:http'
import Type, { type TSchema } from 'typebox'

/** A documented and compiled 200 in JSON: a schema, or the `$id` of one that the application knows. */
export function jsonResponse(description: string, schema: TSchema | string) {
  return {
    200: {
      description,
      content: { 'application/json': { schema: typeof schema === 'string' ? Type.Ref(schema) : schema } }
    }
  }
}

/** The documented problems of a route, by status: those given, and those that come before every route. */
export function problemResponses(...statuses: readonly (keyof typeof PROBLEMS)[]) {
  // Only the health checks want no token; they are answered under any load, too.
  const guarded = statuses.includes(401) ? ([503] as const) : []
  return Object.fromEntries(
    [...new Set([...statuses, 414, 421, 429, ...guarded] as const)].map((status) => {
      const { example, ...response } = PROBLEMS[status]
      const problem = { type: 'about:blank', title: STATUS_CODES[status], status, ...example }
      return [
        status,
        {
          ...response,
          content: { 'application/problem+json': { schema: Type.Ref('Problem'), example: problem } }
        }
      ]
    })
  )
}

const PROBLEMS = {
  400: {
    description: 'A parameter is unknown, malformed or out of range; `errors` names it.',
    example: {
      detail: 'limit: must be <= 100',
      errors: [{ parameter: 'limit', detail: 'must be <= 100' }]
    }
  },
  401: {
    description: 'A token is set, and the request does not carry it.',
    example: { detail: 'missing authorization header' },
    headers: { 'WWW-Authenticate': { type: 'string', description: 'the scheme: Bearer' } }
  },
  414: { description: 'The URL is too long.', example: { detail: 'A URL may have 8192 characters.' } },
  421: {
    description: 'The `Host` header is of another host than this server answers for.',
    example: { detail: 'This server does not answer for that host.' }
  },
  429: {
    description:
      'This address has asked too often within a minute (health checks may), or too many requests wait on a ' +
      'connection for the answers before them.',
    example: { detail: 'Too many requests from this address; try again in 12 seconds.' },
    headers: { 'Retry-After': { type: 'integer', description: 'seconds' } }
  },
  404: {
    description: 'There is no such thing.',
    example: { detail: 'No event has had this item, or it is counted as (other).' }
  },
  500: {
    description: 'Something unexpected went wrong; the log has it.',
    example: { detail: 'Something unexpected went wrong; the log has it.' }
  },
  503: {
    description:
      'Nothing has been published yet, or too much is asked at a time (these with `Retry-After`), or what answers has stopped or cannot be read.',
    example: { detail: 'Nothing has been published yet; try again shortly.' },
    headers: { 'Retry-After': { type: 'integer', description: 'seconds' } }
  }
} as const
