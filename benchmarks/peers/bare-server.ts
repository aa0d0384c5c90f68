import fastify from 'fastify'

/**
 * The least that Fastify can do: one route that answers with one text.
 * `bare-server.js PATH CONTENT_TYPE BODY` prints its URL and serves until it
 * is ended.
 */
const [path = '/', contentType = 'text/plain', body = ''] = process.argv.slice(2)
const app = fastify({ logger: false })
app.get(path, (_request, reply) => {
  void reply.header('content-type', contentType).send(body)
})
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
