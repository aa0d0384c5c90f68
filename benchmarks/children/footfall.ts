import { HEADLINES, type HeadlineMember, type HeadlineRow, type Headlines } from '../headlines.js'
import type { ReplayResult, TopItems } from '../../src/query/shapes.js'
import { runChild, startServer, type Finished, type Server } from './child.js'
import { FOOTFALL } from './project.js'

export interface Replay extends Finished {
  readonly result: ReplayResult
  readonly headlines: Headlines
}

export interface Serving extends Server {
  /** Scheme, host and port. */
  readonly url: string
}

/** Runs `footfall replay FILE --json`. */
export async function replay(file: string, workers: number, more: readonly string[] = []): Promise<Replay> {
  const finished = await runChild(FOOTFALL, ['replay', file, '--json', '--workers', String(workers), ...more])
  const result = JSON.parse(finished.stdout) as ReplayResult
  const lists = HEADLINES.map(({ member }) => [member, rowsOf(result[member])] as const)
  return {
    ...finished,
    result,
    headlines: Object.fromEntries(lists) as Record<HeadlineMember, HeadlineRow[]>
  }
}

/** Starts `footfall serve FILE` on a free port of the loopback interface, with nothing kept by default. */
export async function serve(
  file: string,
  workers: number,
  keeping: readonly string[] = ['--ephemeral'],
  limitMs?: number
): Promise<Serving> {
  const options = ['--host', '127.0.0.1', '--port', '0', '--workers', String(workers)]
  const server = await startServer(FOOTFALL, ['serve', file, ...keeping, ...options], limitMs)
  const url = /http:\S+$/.exec(server.greeting)?.[0]
  if (url !== undefined) return { ...server, url }
  await server.end()
  throw new Error(`footfall serve gave no address: ${server.greeting}`)
}

/** The rows of an answer, without what follows from them. */
export function rowsOf(answer: TopItems): HeadlineRow[] {
  return answer.data.map(({ item_id, value }) => [item_id, Number(value)])
}
