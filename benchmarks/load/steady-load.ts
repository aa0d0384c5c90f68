import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.js'

export interface SteadyLoad {
  /** Scheme, host and port. */
  readonly url: string
  readonly path: string
  /** Requests a second, over all connections. */
  readonly rate: number
  readonly connections: number
  readonly isOver: () => boolean
  /** Takes each answer; of one connection they come in the order of their requests. */
  readonly take: (body: string, latencyMs: number, connection: number) => void
}

/**
 * Asks at a fixed rate until `isOver`. A request that was due while its
 * connection still waited for an answer counts from when it was due: a server
 * that stalls is not spared the requests it kept waiting (coordinated
 * omission, as Gil Tene calls it).
 */
export async function steadyLoad(load: SteadyLoad): Promise<void> {
  const begun = performance.now()
  await Promise.all(Array.from({ length: load.connections }, (_, number) => ask(load, number, begun)))
}

async function ask(load: SteadyLoad, number: number, begun: number): Promise<void> {
  const { url, path, rate, connections, isOver, take } = load
  const connection = new Connection(url)
  try {
    for (let turn = 0; !isOver(); turn++) {
      const dueAt = begun + ((turn * connections + number) / rate) * 1000
      const isLate = performance.now() > dueAt
      if (!isLate) await sleep(dueAt - performance.now())
      const sentAt = isLate ? dueAt : performance.now()
      const { body } = await connection.get(path)
      take(body, performance.now() - sentAt, number)
    }
  } finally {
    connection.close()
  }
}
