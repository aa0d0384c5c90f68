import { setMaxListeners } from 'node:events'
import { Readable } from 'node:stream'
import { createClient, type ClickHouseSettings } from '@clickhouse/client'
import { describeError, FootfallError } from '../base/errors.js'
import { MAX_QUESTIONS } from '../base/limits.js'
import { CELL_COLUMNS, CELLS } from './schema.js'

/** Which server, and who asks it. */
export interface ConnectionOptions {
  /** `http://host:8123/database`. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** How long a statement may take before it is given up, ms; default: 30 s. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/** The server gives up a question so long before; ms. */
const SPARE_MS = 2000

/**
 * What is inserted is there when it is acknowledged: on a cluster at its shard, and
 * where a server would gather inserts of others first, without waiting for them. A
 * server refuses settings that it does not know.
 */
const AT_ONCE: ClickHouseSettings = { insert_distributed_sync: 1 }
const ALONE: ClickHouseSettings = { async_insert: 0 }

/**
 * On a cluster all who ask are answered by the same replica of a shard, as far as their nodes agree on which are
 * there: the first that is, and is not behind others. By default each statement goes to any of them, one of which
 * may know an insert later than others, and a later one before an earlier one. Inserts go to it too, but where
 * the node that gets them is a replica itself. One server does nothing with these.
 */
const ONE_REPLICA: ClickHouseSettings = {
  load_balancing: 'in_order',
  prefer_localhost_replica: 0,
  max_replica_delay_for_distributed_queries: '3',
  connect_timeout_with_failover_ms: 1000
}

/** An answer's rows, 64-bit integers as text. */
export interface Answer {
  readonly rows: readonly (readonly unknown[])[]
  /** What `WITH TOTALS` says of all groups; else null. */
  readonly totals: readonly unknown[] | null
  /** How many rows or groups there would have been without LIMIT. */
  readonly beforeLimit: number
}

/**
 * One ClickHouse server, by its HTTP interface; any from 18.16 on. Rejects with
 * `server` where it does not answer or has too much to do, with `history` where it
 * refuses; with a line that names it.
 */
export class Connection {
  readonly #client: ReturnType<typeof createClient>
  /** Aborted when what is under way is given up. */
  readonly #abort = new AbortController()
  readonly #questionSeconds: number
  #insertSettings: ClickHouseSettings | null = null
  /** Host and port. */
  readonly name: string

  constructor({ url, user, password, timeoutMs = TIMEOUT_MS }: ConnectionOptions) {
    this.#questionSeconds = Math.ceil((timeoutMs - SPARE_MS) / 1000)
    // One for each statement that is under way.
    setMaxListeners(0, this.#abort.signal)
    this.name = new URL(url).host
    this.#client = createClient({
      url,
      request_timeout: timeoutMs,
      max_open_connections: MAX_QUESTIONS,
      application: 'footfall',
      // Some servers take what came before a connection broke for all that there was; half of a gzip is none.
      compression: { request: true, response: false },
      ...(user === undefined ? {} : { username: user }),
      ...(password === undefined ? {} : { password }),
      // What goes wrong is told by whoever asked.
      log: { level: 127 }
    })
  }

  /** Runs a statement that has no answer. */
  async run(query: string, settings: ClickHouseSettings = {}): Promise<void> {
    await this.#told(() =>
      this.#client.command({
        query,
        clickhouse_settings: { ...ONE_REPLICA, ...AT_ONCE, ...settings },
        abort_signal: this.#abort.signal
      })
    )
  }

  /** Asks a question; the server gives it up two seconds before the connection would. */
  async ask(query: string): Promise<Answer> {
    return this.#told(async () => {
      const result = await this.#client.query({
        query,
        format: 'JSONCompact',
        clickhouse_settings: {
          ...ONE_REPLICA,
          output_format_json_quote_64bit_integers: 1,
          max_execution_time: this.#questionSeconds
        },
        abort_signal: this.#abort.signal
      })
      const answer = await result.json<unknown[]>()
      return {
        rows: answer.data,
        totals: (answer.totals as unknown as readonly unknown[] | undefined) ?? null,
        beforeLimit: answer.rows_before_limit_at_least ?? answer.data.length
      }
    })
  }

  /** Inserts rows of cells as tab-separated text: all of them, or none. At most a million, of which servers make one block. */
  async insertCells(rows: Buffer): Promise<void> {
    this.#insertSettings ??= await this.#settingsOfInserts()
    const settings = this.#insertSettings
    await this.#told(() =>
      this.#client.insert({
        table: CELLS,
        columns: [...CELL_COLUMNS] as [string, ...string[]],
        format: 'TabSeparated',
        clickhouse_settings: settings,
        values: Readable.from([rows], { objectMode: false }),
        abort_signal: this.#abort.signal
      })
    )
  }

  /** Gives up what is under way: whether it has been done is not known then. */
  async close(): Promise<void> {
    this.#abort.abort()
    await this.#client.close()
  }

  async #settingsOfInserts(): Promise<ClickHouseSettings> {
    const { rows } = await this.ask("SELECT count() FROM system.settings WHERE name = 'async_insert'")
    return { ...ONE_REPLICA, ...AT_ONCE, ...(Number(rows[0]?.[0]) > 0 ? ALONE : {}) }
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      // The client hears of it only while a statement is under way.
      this.#abort.signal.throwIfAborted()
      return await work()
    } catch (error) {
      const message = describeError(error)
      const code = codeOf(error, message)
      const isPassing = code === null || PASSING_CODES.has(code)
      throw new FootfallError(
        isPassing ? 'server' : 'history',
        `ClickHouse at ${this.name}: ${message}${code === null ? '' : ` (code ${code})`}`,
        { cause: error }
      )
    }
  }
}

/** Whether what has failed may be otherwise later. */
export function isPassing(error: unknown): boolean {
  return error instanceof FootfallError && error.code === 'server'
}

/** Whether some nodes of a cluster have not done in time what all were told to do: they do it when they are back. */
export function isUnfinished(error: unknown): boolean {
  return isPassing(error) && codeOf((error as FootfallError).cause, (error as Error).message) === UNFINISHED
}

/** What passes, by ClickHouse's own names: later it may work. Old servers have some of these alone. */
const PASSING = {
  // It takes too long; newer ones say TOO_SLOW as soon as they expect it to.
  TIMEOUT_EXCEEDED: 159,
  TOO_SLOW: 160,
  // Too much at a time.
  QUOTA_EXCEEDED: 201,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  NO_FREE_CONNECTION: 203,
  MEMORY_LIMIT_EXCEEDED: 241,
  TOO_MANY_PARTS: 252,
  CANNOT_SCHEDULE_TASK: 439,
  DISTRIBUTED_TOO_MANY_PENDING_BYTES: 574,
  SERVER_OVERLOADED: 745,
  HTTP_CONNECTION_LIMIT_REACHED: 762,
  MEMORY_RESERVATION_KILLED: 777,
  MEMORY_RESERVATION_FAILED: 778,
  // It ends, or somebody has ended the statement.
  ABORTED: 236,
  QUERY_WAS_CANCELLED: 394,
  // Others that it needs do not answer it, or not to the end.
  ATTEMPT_TO_READ_AFTER_EOF: 32,
  DNS_ERROR: 198,
  SOCKET_TIMEOUT: 209,
  NETWORK_ERROR: 210,
  NO_ZOOKEEPER: 225,
  TABLE_IS_READ_ONLY: 242,
  NO_ACTIVE_REPLICAS: 254,
  ALL_CONNECTION_TRIES_FAILED: 279,
  TOO_FEW_LIVE_REPLICAS: 285,
  UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE: 286,
  UNKNOWN_STATUS_OF_INSERT: 319,
  ALL_REPLICAS_ARE_STALE: 369,
  KEEPER_EXCEPTION: 999
}

const UNFINISHED = String(PASSING.TIMEOUT_EXCEEDED)

const PASSING_CODES: ReadonlySet<string> = new Set(Object.values(PASSING).map(String))

/** The server's code of an error; null: it has not answered. Old servers have it in the text alone. */
function codeOf(error: unknown, message: string): string | null {
  const { code } = error as { readonly code?: unknown }
  if (typeof code === 'string' && /^\d+$/.test(code)) return code
  return /Code: (\d+)/.exec(message)?.[1] ?? (message.includes('DB::Exception') ? 'unknown' : null)
}
