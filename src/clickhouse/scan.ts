import { FootfallError } from '../base/errors.js'
import { Collectors, type OwnRow } from './collectors.js'
import type { Answer, Connection } from './connection.js'
import { CELLS, STATE_KINDS, STATE_TIER } from './schema.js'

/**
 * What is asked of the cells. A statement reads one state of the table (on a
 * cluster: one of each shard, where all of a collector is), and the rows of the
 * collectors themselves are read with it: so an answer knows as of which commits
 * it is.
 */
export interface Scan {
  /** Which cells, as SQL over their columns. */
  readonly where: string
  /** Aggregates over `amount` and the other columns, in the order of the values of a row. */
  readonly values: readonly string[]
  /** Expressions that rows are told apart by besides their kind. */
  readonly by?: readonly string[]
  /** A condition over `v0`, `v1`, …, the values; by default all rows are told. */
  readonly having?: string
  /**
   * How the latest version of each cell is found. `merging` reads what is sorted by the key, which
   * suits many cells; `grouping` suits a few that lie far apart, those of an item.
   */
  readonly latest?: 'merging' | 'grouping'
}

export interface ScannedRow {
  /** Place in `SHIPPED_KINDS`. */
  readonly kind: number
  /** Those of `by`, then those of `values`. */
  readonly values: readonly unknown[]
}

/** An answer, and the collectors as they stood with it. */
export interface AsShipped<T> {
  readonly collectors: Collectors
  readonly told: T
}

/** For so long collectors are taken to stand where they stood, by one statement; ms. */
const PRESENT_MS = 50

/** Tries before it is given up: the live window of some collector would have to go on during each of them. */
const TRIES = 10

/** Asks the cells of all collectors. All calls reject as `Connection.ask` does, and with `busy`. */
export class Scanner {
  readonly #connection: Pick<Connection, 'ask'>
  #known: { readonly collectors: Collectors; readonly atMs: number } | null = null

  constructor(connection: Pick<Connection, 'ask'>) {
    this.#connection = connection
  }

  /** The collectors as they are now. */
  async collectors(): Promise<Collectors> {
    const { rows } = await this.#connection.ask(
      `SELECT 1, kind, collector, argMax(state, version) FROM ${CELLS} WHERE tier = ${STATE_TIER} GROUP BY collector, kind`
    )
    const collectors = new Collectors(rows.map(ownRow))
    this.#known = { collectors, atMs: performance.now() }
    return collectors
  }

  /** As they were a moment ago: a statement sees the tables as they are when it begins, however long it takes. */
  async #present(): Promise<Collectors> {
    const known = this.#known
    this.#known = null
    return known !== null && performance.now() - known.atMs < PRESENT_MS
      ? known.collectors
      : this.collectors()
  }

  /** The first and the last bucket of some cells, which may be gone since; none: there are none. */
  async bounds(where: string): Promise<readonly number[]> {
    const { rows } = await this.#connection.ask(
      `SELECT min(bucket), max(bucket), count() FROM ${CELLS} WHERE ${where}`
    )
    const [first, last, count] = (rows[0] ?? []).map(Number)
    return first === undefined || last === undefined || count === 0 ? [] : [first, last]
  }

  /** Asks what depends on where the collectors stand. */
  scan(make: (collectors: Collectors) => Scan): Promise<AsShipped<readonly ScannedRow[]>> {
    return this.ask((collectors) => statement(make(collectors)), rowsOf)
  }

  /**
   * The same with a statement of its own shape, whose rows begin with OWN_COLUMNS
   * and a state. Asks anew where collectors have gone on, and the statement would be another.
   */
  async ask<T>(
    make: (collectors: Collectors) => string,
    tell: (rows: readonly (readonly unknown[])[], answer: Answer) => T
  ): Promise<AsShipped<T>> {
    for (let tries = 0; tries < TRIES; tries++) {
      const assumed = await this.#present()
      const answer = await this.#connection.ask(make(assumed))
      const own = answer.rows.filter(([isOwn]) => Number(isOwn) === 1)
      const collectors = new Collectors(own.map(ownRow))
      if (collectors.frame !== assumed.frame || isSplit(own.map(ownRow))) continue
      const rows = answer.rows.filter(([isOwn]) => Number(isOwn) === 0)
      return {
        collectors,
        told: tell(rows, { ...answer, beforeLimit: answer.beforeLimit - own.length })
      }
    }
    throw new FootfallError('busy', `collectors have gone on during each of ${TRIES} tries`)
  }
}

/** The latest version of each of some cells, and of the rows of the collectors. */
export function latestCells(where: string, latest: Scan['latest'] = 'merging'): string {
  const asked = `tier = ${STATE_TIER} OR (${where})`
  if (latest === 'merging') return `${CELLS} FINAL WHERE ${asked}`
  const key = 'tier, metric, bucket, kind, item, collector'
  return `(SELECT ${key}, argMax(amount, version) AS amount, argMax(state, version) AS state
    FROM ${CELLS} WHERE ${asked} GROUP BY ${key})`
}

/** How a row begins: whether it is a collector's own, its kind, and whom it is of. */
export const OWN_COLUMNS = `tier = ${STATE_TIER} AS own, kind, if(own, collector, item) AS name`

/** Columns of a row before its values. */
export const OWN_COUNT = 4

function statement({ where, values, by = [], having = '1', latest }: Scan): string {
  const keys = by.map((_, place) => `k${place}`)
  return [
    `SELECT tier = ${STATE_TIER} AS own, kind, if(own, collector, '') AS name, any(state) AS told`,
    ...by.map((expression, place) => `, ${expression} AS k${place}`),
    ...values.map((expression, place) => `, ${expression} AS v${place}`),
    `FROM ${latestCells(where, latest)}`,
    `GROUP BY ${['own', 'kind', 'name', ...keys].join(', ')} HAVING own OR (${having})`
  ].join(' ')
}

/** Rows that an answer may have of the collectors, one of each kind, if there is not more than one more of them. */
export function roomForOwn({ names }: Pick<Collectors, 'names'>): number {
  return (names + 1) * Object.keys(STATE_KINDS).length
}

function rowsOf(rows: readonly (readonly unknown[])[]): readonly ScannedRow[] {
  return rows.map(([, kind, , , ...values]) => ({ kind: Number(kind), values }))
}

/** Whether parts of a statement have seen different states. */
function isSplit(rows: readonly OwnRow[]): boolean {
  const states = new Map(rows.map(([name, kind, state]) => [`${kind} ${name}`, state]))
  return rows.some(([name, kind, state]) => states.get(`${kind} ${name}`) !== state)
}

function ownRow([, kind, name, state]: readonly unknown[]): OwnRow {
  return [String(name), Number(kind), String(state)]
}
