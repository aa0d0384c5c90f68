import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Test } from 'tap'
import { buildApp, type AppOptions } from '../../src/api/app.js'

/** What the document says of a route; the parts that answers are checked by, and requests are made from. */
export interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly responses: Record<string, { readonly content?: Record<string, unknown> }>
}
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly required: boolean
  readonly example: unknown
  readonly schema: ParameterSchema
}
export interface ParameterSchema {
  readonly type: 'string' | 'integer'
  readonly enum?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
}
export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, Operation>>
}

/**
 * Builds the application so that each of its answers is compared with its own
 * OpenAPI document: status, content type and body, of which no member may be
 * undocumented. What does not agree fails the test, or is reported.
 */
export async function buildDocumentedApp(
  t: Test,
  options: AppOptions,
  report: (wrong: string) => void = (wrong) => void t.fail(wrong)
): Promise<FastifyInstance> {
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    let check: ((request: FastifyRequest, reply: FastifyReply, payload: unknown) => string | null) | null =
      null
    fastify.addHook('onSend', (request, reply, payload, done) => {
      check ??= answerCheck(fastify.swagger() as unknown as OpenApiDocument)
      const wrong = check(request, reply, payload)
      if (wrong !== null) report(`${request.method} ${request.url} is not as documented: ${wrong}`)
      done(null, payload)
    })
  }
  subscribe('fastify.initialization', watch)
  try {
    // A machine that is busy with tests is late, which is not what they are about.
    return await buildApp({ ...options, times: { maxDelayMs: 0, ...options.times } })
  } finally {
    unsubscribe('fastify.initialization', watch)
  }
}

/** Validators of the schemas that a document has at a path of its members. */
export function schemaValidators(document: object): (...path: string[]) => ValidateFunction {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }))
  ajv.addSchema(closed(document) as object, 'openapi')
  const validators = new Map<string, ValidateFunction>()
  return (...path) => {
    const pointer = path.map((part) => encodeURIComponent(part.replace(/~/g, '~0').replace(/\//g, '~1')))
    const $ref = `openapi#/${pointer.join('/')}`
    const known = validators.get($ref) ?? ajv.compile({ $ref })
    validators.set($ref, known)
    return known
  }
}

/** Says what is wrong with an answer, null: nothing. */
function answerCheck(document: OpenApiDocument) {
  const validatorOf = schemaValidators(document)
  const bodyError = (payload: unknown, validate: ValidateFunction): string | null => {
    if (typeof payload !== 'string') return `a body that is ${typeof payload}`
    return validate(JSON.parse(payload)) ? null : `${errorsText(validate.errors)} in ${payload.slice(0, 300)}`
  }

  return (request: FastifyRequest, reply: FastifyReply, payload: unknown): string | null => {
    const type = String(reply.getHeader('content-type') ?? '').split(';', 1)[0] ?? ''
    const status = String(reply.statusCode)
    const { url, schema } = request.routeOptions
    if (url === undefined) return bodyError(payload, validatorOf('components', 'schemas', 'Problem'))
    // Routes of the pages, and those that a test has added.
    if ((schema as { operationId?: string } | undefined)?.operationId === undefined) return null
    const path = url.replace(/:(\w+)/g, '{$1}')
    const response = document.paths[path]?.['get']?.responses[status]
    if (response === undefined) return `${status} of ${path}`
    if (response.content === undefined)
      return payload === undefined || payload === null || payload === '' ? null : `a body with ${status}`
    if (!Object.hasOwn(response.content, type)) return `${type} with ${status}`
    // A stream's events have tests of their own.
    if (type === 'text/event-stream' || request.method === 'HEAD') return null
    const validate = validatorOf('paths', path, 'get', 'responses', status, 'content', type, 'schema')
    if (type.endsWith('json')) return bodyError(payload, validate)
    return validate(payload) ? null : `${errorsText(validate.errors)} of ${type}`
  }
}

/** The same schemas, by which an object has no members that are not named. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member)]))
  const isObject = 'type' in value && value.type === 'object' && 'properties' in value
  return isObject && !('additionalProperties' in value)
    ? { ...members, additionalProperties: false }
    : members
}

function errorsText(errors: ValidateFunction['errors']): string {
  return (errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`).join(', ')
}
