import { createRequire } from 'node:module'
import type { FastifySchemaCompiler, FastifySerializerCompiler, FastifyServerOptions } from 'fastify'

type Factories = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type BuildValidator = (schemas: unknown, options: unknown) => FastifySchemaCompiler<unknown>
type BuildSerializer = (schemas: unknown, options: unknown) => FastifySerializerCompiler<unknown>

const load = createRequire(import.meta.url)

/**
 * Fastify's own compilers of schemas, loaded and run when the first request of
 * a route needs them: at the start they took longer than all else together,
 * twice for each route, as HEAD has its own. That each schema can be compiled
 * is for the tests to tell, which ask every route.
 */
export const LAZY_COMPILERS = {
  buildValidator: (schemas: unknown, options: unknown) => {
    const compiler = once(() => (load('@fastify/ajv-compiler') as () => BuildValidator)()(schemas, options))
    return (route: Parameters<FastifySchemaCompiler<unknown>>[0]) => {
      const compiled = once(() => compiler()(route))
      // Fastify reads what was wrong from the function that it has called.
      const validate: ReturnType<FastifySchemaCompiler<unknown>> = (value: unknown) => {
        const result: unknown = compiled()(value)
        validate.errors = compiled().errors ?? null
        return result as boolean
      }
      return validate
    }
  },
  buildSerializer: (schemas: unknown, options: unknown) => {
    const compiler = once(() =>
      (load('@fastify/fast-json-stringify-compiler') as () => BuildSerializer)()(schemas, options)
    )
    return (route: Parameters<FastifySerializerCompiler<unknown>>[0]) => {
      const compiled = once(() => compiler()(route))
      return (value: unknown) => compiled()(value)
    }
  }
} as unknown as Factories

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
