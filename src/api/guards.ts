import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** What comes before a request is looked at: it may say something in the answer; what it returns refuses the request. */
export type Guard = (request: FastifyRequest, reply: FastifyReply) => Error | undefined

/** Runs guards in their order, before all that answers. In one hook: each costs as much as a guard itself. */
export function guardRequests(app: FastifyInstance, guards: readonly Guard[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    for (const guard of guards) {
      const refusal = guard(request, reply)
      if (refusal === undefined) continue
      done(refusal)
      return
    }
    done()
  })
}
