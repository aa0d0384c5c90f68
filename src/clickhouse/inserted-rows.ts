import type { Shipment } from '../history/shipment.js'
import {
  earliest,
  STATE_KINDS,
  STATE_TIER,
  type Claim,
  type Heartbeat,
  type Mark,
  type StateRow
} from './schema.js'

/**
 * The lines of an insert: each with the collector and the version, and last the collector's state, which
 * holds as long as nothing has been removed since `forgotten`.
 */
export function rowsOf({ text, state, version }: Shipment, collector: string, forgotten: bigint): string {
  const rows = text.replaceAll('\n', `\t${escaped(collector)}\t${version}\t\n`)
  const stateRow: StateRow = { ...state, forgotten: String(forgotten) }
  return rows + ownRow(STATE_KINDS.state, collector, version, stateRow)
}

/** Says that a collector is there, or that it has ended. */
export function heartbeatRow(collector: string, isEnded = false): string {
  const atMs = Date.now()
  return ownRow(STATE_KINDS.heartbeat, collector, BigInt(atMs), { atMs, isEnded } satisfies Heartbeat)
}

/** Claims a collector's name for a database. */
export function claimRow(collector: string, instance: string): string {
  return ownRow(STATE_KINDS.claim, collector, earliest(), { instance } satisfies Claim)
}

/** Says that what a collector had shipped is removed. */
export function forgottenRow(collector: string, version: bigint): string {
  return ownRow(STATE_KINDS.forgotten, collector, version, { version: String(version) } satisfies Mark)
}

function ownRow(kind: number, collector: string, version: bigint, state: object): string {
  return `${STATE_TIER}\t0\t0\t${kind}\t\t0\t[]\t${escaped(collector)}\t${version}\t${escaped(JSON.stringify(state))}\n`
}

/** In tab-separated text; JSON has no other characters that mean something there. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\')
}
