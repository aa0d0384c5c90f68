import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { Connection } from '../../src/clickhouse/connection.js'

/** A server that refuses every statement in its own words. */
async function refusing(t: Test, words: () => string): Promise<Connection> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(500).end(words()))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const connection = new Connection({
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  })
  t.teardown(async () => {
    await connection.close()
    server.close()
  })
  return connection
}

t.test('what a server refuses for now is told apart from what it refuses, in all its dialects', async (t) => {
  let words = ''
  const connection = await refusing(t, () => words)
  const old = (code: number) => `Code: ${code}, e.displayText() = DB::Exception: No, e.what() = DB::Exception`
  const newer = (code: number, name: string) =>
    `Code: ${code}. DB::Exception: No. (${name}) (version 26.7.2.1 (official build))\n`
  for (const [code, name, expected] of [
    [159, 'TIMEOUT_EXCEEDED', 'server'],
    [160, 'TOO_SLOW', 'server'],
    [32, 'ATTEMPT_TO_READ_AFTER_EOF', 'server'],
    [202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'server'],
    [242, 'TABLE_IS_READ_ONLY', 'server'],
    [279, 'ALL_CONNECTION_TRIES_FAILED', 'server'],
    [745, 'SERVER_OVERLOADED', 'server'],
    [999, 'KEEPER_EXCEPTION', 'server'],
    [47, 'UNKNOWN_IDENTIFIER', 'history'],
    [115, 'UNKNOWN_SETTING', 'history'],
    [516, 'AUTHENTICATION_FAILED', 'history']
  ] as const) {
    for (const told of [old(code), newer(code, name)]) {
      words = told
      await t.rejects(connection.ask('SELECT 1'), { code: expected, message: `(code ${code})` }, told)
    }
  }
  words = 'DB::Exception: in words of its own'
  await t.rejects(connection.ask('SELECT 1'), { code: 'history' })
  words = 'Bad gateway'
  await t.rejects(connection.ask('SELECT 1'), { code: 'server' })
})

t.test('nothing is asked any more after it was closed', async (t) => {
  const asked: string[] = []
  // It never answers.
  const server = createServer((request) => asked.push(request.url ?? ''))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const connection = new Connection({ url, timeoutMs: 3000 })
  await connection.close()
  await t.rejects(connection.ask('SELECT 1'), { code: 'server' })
  await t.rejects(connection.insertCells(Buffer.from('')), { code: 'server' })
  t.strictSame(asked, [])
})
