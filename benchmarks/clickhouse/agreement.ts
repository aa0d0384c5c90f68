import { join } from 'node:path'
import type { Status, TopItems } from '../../src/query/shapes.js'
import { serve, type Serving } from '../children/footfall.js'
import { Connection } from '../load/connection.js'
import { waitUntilLive } from '../load/wait-until-live.js'
import { HEADLINE_PATHS } from './gateway-load.js'
import type { LiveAppend } from './live-append.js'
import type { ClickHouseOptions } from './options.js'
import { questionsOf } from './questions.js'
import { waitFor } from './wait-for.js'

export interface AgreementResult {
  /** Lines of all files, each of which was counted once. */
  readonly lines: number
  /** Answers that were the same. */
  readonly answers: number
}

/**
 * When nothing is written any more: the gateway's answers have to be those of one
 * server that has counted the undivided file. Rejects with the first that is not.
 */
export async function checkAgreement(
  gateway: Serving,
  live: Pick<LiveAppend, 'lines' | 'sizeBytes'>,
  file: string,
  folder: string,
  options: ClickHouseOptions
): Promise<AgreementResult> {
  const far = new Connection(gateway.url)
  try {
    options.tell('agreement: waiting for all that was written')
    for (const path of HEADLINE_PATHS) {
      await waitFor(
        `the last line in ${path}`,
        () => far.getJson<TopItems>(path),
        ({ meta }) => meta.offset === live.sizeBytes
      )
    }
    const { accounting } = await far.getJson<Status>('/v1/status')
    if (accounting.accepted !== live.lines || accounting.lines !== live.lines) {
      throw new Error(`the gateway has ${accounting.accepted} events of ${live.lines} lines`)
    }
    return { lines: live.lines, answers: await compare(far, file, folder, options) }
  } finally {
    far.close()
  }
}

async function compare(
  far: Connection,
  file: string,
  folder: string,
  options: ClickHouseOptions
): Promise<number> {
  const server = await serve(file, options.workers, ['--data-dir', join(folder, 'single')])
  const near = new Connection(server.url)
  try {
    await waitUntilLive(near)
    const paths = [...HEADLINE_PATHS.map((path) => `${path}?limit=100`), ...questionsOf(options)]
    const differing: string[] = []
    for (const path of paths) {
      const [here, there] = [await comparable(far, path), await comparable(near, path)]
      if (here !== there) differing.push(difference(path, here, there))
    }
    if (differing.length > 0) throw new Error(`the gateway has other answers:\n${differing.join('\n')}`)
    return paths.length
  } finally {
    near.close()
    await server.end()
  }
}

/** The rows of an answer, without customers: over several collectors they are estimated. */
async function comparable(connection: Connection, path: string): Promise<string> {
  const { data } = await connection.getJson<{ readonly data: unknown }>(path)
  return JSON.stringify(data, (name, value: unknown) => (name.includes('customers') ? undefined : value))
}

const SHOWN_CHARS = 200

function difference(path: string, here: string, there: string): string {
  let place = 0
  while (here[place] === there[place] && place < here.length) place++
  const from = Math.max(0, place - SHOWN_CHARS / 2)
  const [gateway, single] = [here, there].map((text) => text.slice(from, from + SHOWN_CHARS))
  return `${path}: the gateway …${String(gateway)}…, a single server …${String(single)}…`
}
