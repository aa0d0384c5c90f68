import { describeError, FootfallError } from '../base/errors.js'
import { askUntil } from './ask-until.js'
import { isPassing, isUnfinished, type Connection } from './connection.js'
import type { Shared } from './init.js'
import { forgottenRow } from './inserted-rows.js'
import { lastState, standing, type Sender } from './received.js'
import { remove, replicasOf, type Replica } from './removal.js'
import { CELLS, DDL_SECONDS, quoted, STATE_KINDS, STATE_TIER, type Heartbeat } from './schema.js'

/** Who was heard of so lately may be at work; ms. */
const HEARD_MS = 15_000

/** How long it is tried to leave a mark after a failure; ms. */
const MARK_MS = 10_000

/** How long rows may take to be removed; ms. */
const REMOVAL_MS = 300_000

/**
 * Removes all that a collector has shipped, and waits until it is gone: on a cluster from every replica, since
 * a collector that was told its old rows by one that has them yet would ship only what changes from then on.
 * A mark stays, by which one that is at work all the same ships everything anew: its clock may be behind, or it
 * may have stood still.
 *
 * Rejects with `usage` where there is no such collector, or it is at work, and with `server` where rows of it
 * remain after `withinMs`.
 */
export async function forget(
  connection: Connection,
  shared: Shared,
  collector: string,
  withinMs = REMOVAL_MS
): Promise<void> {
  const sender = { connection, collector }
  const isThere = (await remaining(sender)) > 0
  const replicas = await replicasOf(connection, shared, collector)
  const isAway = replicas.some(({ isActive }) => !isActive)
  if (!isThere && !isAway && !replicas.some(({ isBehind }) => isBehind)) {
    throw new FootfallError(
      'usage',
      `ClickHouse at ${connection.name} has nothing of a collector ${collector}`
    )
  }
  const heard = await heartbeat(sender)
  if (!heard.isEnded && Date.now() - heard.atMs < HEARD_MS) {
    throw new FootfallError(
      'usage',
      `the collector ${collector} was heard of within the last ${HEARD_MS / 1000} seconds: end it first, and wait`
    )
  }
  // What comes after a mark may be removed with the rest until all of it is gone: so there is one more then.
  await mark(sender)
  try {
    // One that is away may have some.
    const unfinished = isThere || isAway ? await order(sender, shared) : null
    await mark(sender)
    await untilGone(sender, shared, { withinMs, unfinished, before: replicas, heard })
  } catch (error) {
    await markAfter(sender, error)
    throw error
  }
  await mark(sender)
}

/** Says that what is there up to now is void. */
async function mark(sender: Sender): Promise<void> {
  const { forgotten } = await standing(sender)
  const now = BigInt(Date.now())
  const version = now > forgotten ? now : forgotten + 1n
  await sender.connection.insertCells(Buffer.from(forgottenRow(sender.collector, version)))
}

/** The same where something has failed, perhaps after it was done; rejects with both where that fails too. */
async function markAfter(sender: Sender, failed: unknown): Promise<void> {
  let reason: unknown = null
  const marked = await askUntil(async () => {
    try {
      await mark(sender)
      return true
    } catch (error) {
      reason = error
      return null
    }
  }, MARK_MS)
  if (marked !== null) return
  throw new FootfallError(
    'server',
    `${describeError(failed)}; nor could it be noted that a part may be removed: run it again before ` +
      `${sender.collector} is started (${describeError(reason)})`,
    { cause: failed }
  )
}

/** What is removed: all but the marks. */
function isOf(collector: string): string {
  return `collector = ${quoted(collector)} AND NOT (tier = ${STATE_TIER} AND kind = ${STATE_KINDS.forgotten})`
}

async function remaining({ connection, collector }: Sender): Promise<number> {
  const { rows } = await connection.ask(`SELECT count() FROM ${CELLS} WHERE ${isOf(collector)}`)
  return Number(rows[0]?.[0])
}

/** Orders the removal; resolves with what is said of nodes that are away, which do it when they are back, else with null. */
async function order({ connection, collector }: Sender, shared: Shared): Promise<unknown> {
  try {
    await remove(connection, isOf(collector), shared, DDL_SECONDS)
    return null
  } catch (error) {
    if (shared.cluster !== null && isUnfinished(error)) return error
    throw error
  }
}

interface Waiting {
  readonly withinMs: number
  /** What was said of nodes that have not heard of the order in time; null: all have. */
  readonly unfinished: unknown
  /** The replicas before the order. */
  readonly before: readonly Replica[]
  /** What the collector had said last. */
  readonly heard: Heartbeat
}

async function untilGone(
  sender: Sender,
  shared: Shared,
  { withinMs, unfinished, before, heard }: Waiting
): Promise<void> {
  const { connection, collector } = sender
  const told = new Map(before.map(({ path, ordered }) => [path, ordered]))
  let where = ''
  let reason = unfinished
  let heardAt = performance.now()
  const gone = await askUntil(async () => {
    try {
      const rows = await remaining(sender)
      const replicas = rows > 0 ? [] : await replicasOf(connection, shared, collector)
      const isUntold = ({ path, ordered }: Replica) =>
        unfinished !== null && ordered <= (told.get(path) ?? '')
      const behind = replicas.filter((replica) => replica.isBehind || isUntold(replica))
      if (rows === 0 && behind.length === 0) return true
      where =
        rows > 0 ? `in ClickHouse at ${connection.name}` : `at ${behind.map(({ path }) => path).join(', ')}`
      if (performance.now() - heardAt < HEARD_MS) return null
      heardAt = performance.now()
      // By its own clock, whatever that says.
      const { atMs, isEnded } = await heartbeat(sender)
      if (isEnded || atMs === heard.atMs) return null
    } catch (error) {
      if (!isPassing(error)) throw error
      reason = error
      return null
    }
    throw new FootfallError(
      'usage',
      `the collector ${collector} is at work again: what it had shipped is removed, and it ships everything anew`
    )
  }, withinMs)
  if (gone !== null) return
  throw new FootfallError(
    'server',
    `rows of ${collector} may still be ${where || `in ClickHouse at ${connection.name}`} after ` +
      `${withinMs / 1000} seconds: try again later, before it is started again` +
      (reason instanceof Error ? ` (${reason.message})` : ''),
    { cause: reason }
  )
}

/** What a collector has last said of itself. */
async function heartbeat(sender: Sender): Promise<Heartbeat> {
  const state = await lastState(sender, STATE_KINDS.heartbeat)
  return state === null ? NEVER : (JSON.parse(state) as Heartbeat)
}

const NEVER: Heartbeat = { atMs: 0, isEnded: true }
