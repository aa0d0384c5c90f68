import { FootfallError } from '../base/errors.js'
import { askUntil } from './ask-until.js'
import { isPassing, type Connection } from './connection.js'
import type { Shared } from './init.js'
import { remove, replicasOf } from './removal.js'
import { CELLS, DDL_SECONDS, quoted, STATE_KINDS, STATE_TIER, type Heartbeat } from './schema.js'

/**
 * Removes all that a collector has shipped, and waits until it is gone: on a cluster from every replica, since
 * a collector that was told its old rows by one that has them yet would ship only what changes from then on.
 * Rejects with `usage` where there is no such collector, or it is at work, and with `server` where rows of it remain.
 */
export async function forget(connection: Connection, shared: Shared, collector: string): Promise<void> {
  const isOf = `collector = ${quoted(collector)}`
  const remaining = async () => {
    const { rows } = await connection.ask(`SELECT count() FROM ${CELLS} WHERE ${isOf}`)
    return Number(rows[0]?.[0])
  }
  const isThere = (await remaining()) > 0
  const replicas = await replicasOf(connection, shared, collector)
  const isAway = replicas.some(({ isActive }) => !isActive)
  if (!isThere && !isAway && !replicas.some(({ isBehind }) => isBehind)) {
    throw new FootfallError(
      'usage',
      `ClickHouse at ${connection.name} has nothing of a collector ${collector}`
    )
  }
  await requireEnded(connection, collector)
  // One that is away may have some.
  if (isThere || isAway) {
    await remove(connection, isOf, shared, DDL_SECONDS).catch((error: unknown) => {
      // Nodes that are away are told when they are back.
      if (shared.cluster === null || !isPassing(error)) throw error
    })
  }
  let where = ''
  let heardAt = performance.now()
  const gone = await askUntil(async () => {
    const rows = await remaining()
    const behind =
      rows > 0 ? [] : (await replicasOf(connection, shared, collector)).filter(({ isBehind }) => isBehind)
    if (rows === 0 && behind.length === 0) return true
    where =
      rows > 0 ? `in ClickHouse at ${connection.name}` : `at ${behind.map(({ path }) => path).join(', ')}`
    if (performance.now() - heardAt >= HEARD_MS) {
      heardAt = performance.now()
      await requireEnded(connection, collector)
    }
    return null
  }, REMOVAL_MS)
  if (gone !== null) return
  throw new FootfallError(
    'server',
    `rows of ${collector} are still ${where} after ${REMOVAL_MS / 1000} seconds: try again later, before it is started again`
  )
}

/** Who was heard of so lately may be at work, and would ship only what changes from then on; ms. */
const HEARD_MS = 15_000

/** How long rows may take to be removed; ms. */
const REMOVAL_MS = 300_000

async function requireEnded(connection: Connection, collector: string): Promise<void> {
  const { rows } = await connection.ask(
    `SELECT argMax(state, version) FROM ${CELLS}
     WHERE tier = ${STATE_TIER} AND kind = ${STATE_KINDS.heartbeat} AND collector = ${quoted(collector)}`
  )
  // Without one there is an empty text.
  const state = rows[0]?.[0]
  const { atMs, isEnded } =
    typeof state === 'string' && state !== '' ? (JSON.parse(state) as Heartbeat) : NEVER
  if (isEnded || Date.now() - atMs >= HEARD_MS) return
  throw new FootfallError(
    'usage',
    `the collector ${collector} was heard of within the last ${HEARD_MS / 1000} seconds: end it first, and wait`
  )
}

const NEVER: Heartbeat = { atMs: 0, isEnded: true }
