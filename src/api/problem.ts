import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type, { type Static } from 'typebox'
import { FootfallError, type FailureCode } from '../base/errors.js'
import { BadQuestion } from '../query/bad-question.js'
import { addNamedSchemas } from './schemas.js'
import { type ParameterError, parameterErrors } from './parameters.js'
import { FIRST_HEADERS } from './first-headers.js'

const PROBLEM_TYPE = 'application/problem+json'

/** The body of every answer that is an error (RFC 9457). */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'about:blank: the problem is what its status says' }),
    title: Type.String({ description: 'the status in words' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'the HTTP status' }),
    detail: Type.String({ description: 'what is wrong with this very request' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          parameter: Type.String({ description: 'name of the query parameter' }),
          detail: Type.String({ description: 'what is wrong with it' })
        }),
        { description: 'of a bad request: what is wrong, one entry a parameter' }
      )
    )
  },
  {
    $id: 'Problem',
    description: 'Problem details (RFC 9457)',
    examples: [
      {
        type: 'about:blank',
        title: 'Bad Request',
        status: 400,
        detail: 'limit: must be <= 100',
        errors: [{ parameter: 'limit', detail: 'must be <= 100' }]
      }
    ]
  }
)

/** A problem as JSON. */
export type Problem = Static<typeof ProblemSchema>

/** An expected failure that a route answers with: it is shown as it is and not logged. */
export class ProblemError extends Error {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>

  /** `detail` is for the client: no path of the machine in it. */
  constructor(statusCode: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.name = 'ProblemError'
    this.statusCode = statusCode
    this.headers = headers
  }
}

/** The 503 before the first publish. */
export function notReady(): ProblemError {
  return new ProblemError(503, 'Nothing has been published yet; try again shortly.', { 'retry-after': '1' })
}

/** The 503 of a server that keeps no history: it will not have one later either. */
export function noHistory(): ProblemError {
  return new ProblemError(503, 'No history is kept: this server was started with --ephemeral.')
}

/** What is logged of a request that failed: nothing that its client made up but its id, and no secret. */
export interface FailedRequest {
  readonly err: unknown
  readonly request_id: string
  readonly method: string
  /** As it is declared; null: none. */
  readonly route: string | null
  readonly status: number
}

/** Where failures are logged that a client is not told the cause of; pino’s signature. */
export interface ErrorLogger {
  error(fields: FailedRequest, message: string): void
}

/** For people at a terminal: with the stack, which is for the log alone. */
export const STANDARD_ERROR: ErrorLogger = {
  error: ({ err, request_id: id, method, route, status }, message) => {
    console.error(`footfall: ${message}: ${method} ${route ?? 'of no route'} (${status}, ${id}):`, err)
  }
}

type ErrorHandler = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void

/** Answers an error as a problem. What the client is not told goes into the log. */
export function errorHandler(logger: ErrorLogger): ErrorHandler {
  return (error, request, reply) => {
    const problem = problemOf(error)
    // Not set yet where Fastify itself refuses a URL before any hook.
    if (!reply.hasHeader('x-request-id')) reply.headers({ ...FIRST_HEADERS, 'x-request-id': request.id })
    if (error instanceof ProblemError) reply.headers(error.headers)
    else if (isPassing(error)) reply.header('retry-after', '1')
    else if (problem.status >= 500 && problem.status !== NOT_HERE) {
      const { id, method, routeOptions } = request
      const failed = { request_id: id, method, route: routeOptions.url ?? null, status: problem.status }
      logger.error({ err: error, ...failed }, 'request failed')
    }
    reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
  }
}

/** Answers every error of the application, of its plugins and of Fastify itself as a problem. */
export function answerProblems(app: FastifyInstance, handler: ErrorHandler): void {
  addNamedSchemas(app, ProblemSchema)
  app.setErrorHandler(handler)
}

/** The status of what only others have: that is no failure. */
const NOT_HERE = 501

/** What is expected, and passes: the details, by the code of the failure. */
const PASSING: Partial<Record<FailureCode, string>> = {
  busy: 'Too much is being asked at a time; try again shortly.',
  server: 'The database of the collectors does not answer now; try again shortly.',
  restarting:
    'Ingest has failed and is starting again; until it has caught up only the rankings of the default windows are answered.'
}

function isPassing(error: unknown): error is FootfallError {
  return error instanceof FootfallError && PASSING[error.code] !== undefined
}

function problemOf(error: unknown): Problem {
  if (isPassing(error)) return problem(503, PASSING[error.code] ?? '')
  if (error instanceof FootfallError && error.code === 'elsewhere') return problem(NOT_HERE, error.message)
  if (error instanceof FootfallError) {
    return problem(503, 'The pipeline cannot answer this now.')
  }
  if (error instanceof BadQuestion) {
    return badRequest([{ parameter: error.parameter, detail: error.message }])
  }
  if (!(error instanceof Error)) return problem(500, UNEXPECTED)
  const { statusCode = 500, validation } = error as Partial<FastifyError>
  if (validation !== undefined) return badRequest(parameterErrors(validation))
  // Its own words repeat what is too long.
  if (statusCode === 414 && !(error instanceof ProblemError)) return problem(414, 'The URL is too long.')
  if (error instanceof ProblemError || (statusCode >= 400 && statusCode < 500)) {
    return problem(statusCode, error.message)
  }
  return problem(statusCode >= 500 && statusCode < 600 ? statusCode : 500, UNEXPECTED)
}

const UNEXPECTED = 'Something unexpected went wrong; the log has it.'

function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail }
}

function badRequest(errors: ParameterError[]): Problem {
  const detail = errors.map((error) => `${error.parameter}: ${error.detail}`).join('; ')
  return { ...problem(400, detail), errors }
}

/**
 * Answers what is no HTTP request at all: Node has no request or reply for it,
 * only the socket, which is closed.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code !== 'ECONNRESET' && socket.writable && !isAnswering(socket)) {
    const status = CLIENT_ERRORS[error.code ?? ''] ?? 400
    const body = JSON.stringify(problem(status, 'This is not a request that can be read.'))
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n` +
        Object.entries(FIRST_HEADERS)
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('') +
        `Content-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    )
  }
  socket.destroySoon()
}

/** Whether an answer is under way, for the rest of which this one would be taken. As Node’s own handler looks. */
function isAnswering(socket: Socket & { _httpMessage?: unknown }): boolean {
  return socket._httpMessage !== undefined && socket._httpMessage !== null
}

const CLIENT_ERRORS: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431
}
