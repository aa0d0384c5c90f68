/**
 * Stands in for `clickhouse-server` of a newer version than can be had as a program:
 * ClickHouse's engine as a library (chdb), behind as much of the server's HTTP
 * interface as footfall and its tests use. The engine gets every statement and every
 * setting as it came.
 *
 * Not the server's own, so nothing is shown of it here: how a request that breaks off
 * is taken (a body is read whole before anything of it is run), users, quotas, what a
 * server does when it is asked too much, and clusters.
 *
 *   FOOTFALL_TEST_CHDB=folder of the package chdb   node server.js --config-file config.xml
 */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { buffer } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'

/** What is used of chdb, which is installed for these tests alone. */
interface Engine {
  readonly Session: new (path: string) => Session
}

interface Session {
  query(sql: string): string
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>
  close(): void
}

/** Parameters of a URL that are no settings. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['query', 'query_id', 'database', 'default_format'])

/** chdb reads an expression alone as a statement; a server does not. */
const AS_SERVERS = 'SET implicit_select = 0'

const { values: options } = parseArgs({
  options: { 'config-file': { type: 'string' }, help: { type: 'boolean' } }
})
if (options.help !== true) serve(readFileSync(options['config-file'] ?? 'config.xml', 'utf8'))

function serve(config: string): void {
  const setting = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(config)?.[1] ?? ''
  const engine = createRequire(import.meta.url)(process.env['FOOTFALL_TEST_CHDB'] ?? 'chdb') as Engine
  const open = () => new engine.Session(setting('path'))
  // As long as one is open the engine is.
  open()
  const server = createServer((request, response) => {
    respond(request, response, open).catch((error: unknown) => {
      refuse(response, String(error))
    })
  })
  server.listen(Number(setting('http_port')), setting('listen_host'))
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  open: () => Session
): Promise<void> {
  const parameters = new URL(request.url ?? '/', 'http://server').searchParams
  if (request.method === 'GET' && !parameters.has('query')) {
    response.end('Ok.\n')
    return
  }
  const sent = await buffer(request)
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent
  const sql = [parameters.get('query') ?? '', body.toString()].filter((text) => text !== '').join('\n')
  // Settings are those of one request.
  const session = open()
  try {
    for (const statement of [AS_SERVERS, ...settingsOf(parameters)]) session.query(statement)
    const answer = await session.queryAsync(sql, {
      format: parameters.get('default_format') ?? 'TabSeparated'
    })
    response.setHeader('X-ClickHouse-Summary', '{}')
    response.end(ordered(Buffer.from(answer.bytes()).toString()))
  } catch (error) {
    refuse(response, error instanceof Error ? error.message : String(error))
  } finally {
    session.close()
  }
}

/**
 * A server writes totals behind the rows. chdb writes answers with the code of ClickHouse's
 * client, which writes totals first where there are no rows.
 */
function ordered(answer: string): string {
  return answer.replace(/^(\n\t\],\n\n\t"totals": .*?)(\{\n\t"meta":.*?\n\t"data":\n\t\[\n)/s, '$2$1')
}

function settingsOf(parameters: URLSearchParams): readonly string[] {
  const database = parameters.get('database')
  return [
    ...(database === null ? [] : [`USE \`${database}\``]),
    ...[...parameters]
      .filter(([name]) => !NO_SETTINGS.has(name))
      .map(([name, value]) => `SET ${name} = '${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`)
  ]
}

function refuse(response: ServerResponse, message: string): void {
  const code = /Code: (\d+)/.exec(message)?.[1] ?? '1002'
  response.writeHead(500, { 'X-ClickHouse-Exception-Code': code })
  response.end(`${message.replace(/^.*?(?=Code: )/s, '')}\n`)
}
