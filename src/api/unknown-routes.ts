import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ProblemError } from './problem.js'

/**
 * Answers what no route answers: 405 with `Allow` when the path exists for
 * another method, else 404. To be called before the routes are registered and
 * after the hooks that are to run first.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const methodsByPattern = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPattern.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    methodsByPattern.set(url, methods)
  })

  const problemOf = (request: FastifyRequest): ProblemError => {
    const path = request.url.split('?', 1)[0] ?? ''
    const allowed = new Set<string>()
    for (const [pattern, methods] of methodsByPattern) {
      if (matches(pattern, path)) for (const method of methods) allowed.add(method)
    }
    if (allowed.size === 0 || allowed.has(request.method))
      return new ProblemError(404, 'There is no such path.')
    const allow = [...allowed].sort().join(', ')
    return new ProblemError(405, `${request.method} is not allowed here, only ${allow}.`, { allow })
  }

  // A context of its own, so that its hook runs for unknown routes alone: it answers before a body is
  // read. The handler is for routes that hand over, as the one of static files where there is no file.
  app.register((unknown, _options, done) => {
    unknown.addHook('onRequest', (request, _reply, next) => {
      next(problemOf(request))
    })
    unknown.setNotFoundHandler((request) => {
      throw problemOf(request)
    })
    done()
  })
}

/** Whether a path is of a route's pattern, where `:name` is one part and a last `*` any rest. */
function matches(pattern: string, path: string): boolean {
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1))
  const wanted = pattern.split('/')
  const parts = path.split('/')
  return (
    wanted.length === parts.length &&
    wanted.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : part === parts[index]))
  )
}
