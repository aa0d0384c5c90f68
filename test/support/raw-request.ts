import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip } from 'node:zlib'
import type { Test } from 'tap'

/** What came back, as it was before it was packed. */
export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** All of it; of a stream its first event. */
  readonly body: string
}

/** What goes onto the wire: nothing is made regular before. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | string[]>>
}

const UNPACK: Readonly<Record<string, (packed: Buffer) => Promise<Buffer>>> = {
  br: promisify(brotliDecompress),
  gzip: promisify(gunzip)
}

/** Sends requests to a server; its connections are closed with the test. */
export function rawClient(t: Test, url: string): (raw: RawRequest) => Promise<RawAnswer> {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => {
    agent.destroy()
  })
  return async ({ method, target, headers }) => {
    const sent = request(url, { method, path: target, headers: { ...headers }, agent })
    sent.end()
    // What comes behind an answer is no part of it, and must not be there.
    const broken: Error[] = []
    sent.on('error', (error) => broken.push(error))
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const bytes = isStream(response) ? await firstEvent(response) : await all(response)
    if (broken[0] !== undefined) throw broken[0]
    const unpack = UNPACK[response.headers['content-encoding'] ?? '']
    const body = unpack === undefined || bytes.length === 0 ? bytes : await unpack(bytes)
    return { status: response.statusCode ?? 0, headers: response.headers, body: body.toString() }
  }
}

async function all(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function isStream({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.startsWith('text/event-stream') ?? false
}

/** Up to what comes after the time to retry, if anything does, and goes: it would never end. */
async function firstEvent(response: IncomingMessage): Promise<Buffer> {
  let text = ''
  for await (const part of response) {
    text += String(part)
    if (text.endsWith('\n\n')) break
  }
  response.destroy()
  return Buffer.from(text)
}
