import { setTimeout as delay } from 'node:timers/promises'
import { LIVE_WINDOW_MINUTES } from '../base/limits.js'
import { describeError, FootfallError } from '../base/errors.js'
import type { History } from '../history/history.js'
import { SHIPPED_TIERS, type ShippedState } from '../history/shipment.js'
import type { ShippingReport } from '../ingest/shipping-report.js'
import { claimName } from './claim-name.js'
import type { Connection } from './connection.js'
import { readShared, requireSame, type Shared } from './init.js'
import { heartbeatRow, rowsOf } from './inserted-rows.js'
import { standing, untilSeen } from './received.js'
import { remove } from './removal.js'
import { CELLS, quoted } from './schema.js'

/** After a failure it waits so long before it tries again, twice as long each time; ms. */
const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 10_000

/** Rows of a shipment; a few more are the collector's own. */
const MAX_ROWS = 200_000

/** How often it says that it is there when there is nothing to ship; ms. */
const HEARTBEAT_MS = 5000

/** What is not kept is removed when the live window has gone on so far, and not more often: the server writes its tables anew for it. */
const REMOVAL_MINUTES = 360
const REMOVAL_PAUSE_MS = 3_600_000

/** What is shipped, where to, and who hears of it. */
export interface ShipperOptions extends Pick<Shared, 'timeZone' | 'currency'> {
  readonly history: History
  readonly connection: Connection
  /** The collector's name: unique among those of one ClickHouse, the same for ever. */
  readonly collector: string
  readonly noticed: (message: string) => void
  /** Test only: rows of a shipment. */
  readonly maxRows?: number
  /** Called whenever the status has changed. */
  readonly report?: (status: ShippingReport) => void
}

/**
 * Sends what commits have changed, one shipment at a time. A shipment whose answer is
 * lost is read and sent again, as it is then: rows are absolute, and of a later version.
 */
export class Shipper {
  readonly #options: ShipperOptions
  #status: ShippingReport = { shipped: 0, waitingSinceMs: Date.now(), rows: 0, bytes: 0, error: null }
  #isDue = true
  #isClosed = false
  /** What all collectors share; null: not asked yet, in this run or since the last failure. */
  #shared: Shared | null = null
  #removedBefore = -Infinity
  #removedAtMs = -Infinity
  /** Version of the last shipment that was acknowledged, in this run and since the last failure. */
  #arrived: bigint | null = null
  /** The database that the name is of. */
  #instance = ''
  /** Version of the last removal of what was shipped under the name when it began; 0: there was none. */
  #forgotten = 0n
  /** Whether nobody else ships under the name, as far as is seen from what has arrived. */
  #isAlone = false
  #wake: () => void = () => undefined
  #rested: () => void = () => undefined
  readonly #ended: Promise<void>

  constructor(options: ShipperOptions) {
    this.#options = options
    this.#ended = this.#run()
  }

  get status(): ShippingReport {
    return this.#status
  }

  /** There is a new commit. */
  wake(): void {
    this.#isDue = true
    this.#tell({ waitingSinceMs: this.#status.waitingSinceMs ?? Date.now() })
    if (this.#status.error === null) this.#wake()
  }

  /** Resolves when nothing waits to be shipped, or it cannot be shipped now; after `withinMs` in any case. */
  async drain(withinMs: number): Promise<void> {
    if (this.#isAtRest) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#rested = resolve
      if (withinMs < Infinity) timer = setTimeout(resolve, withinMs)
    })
    clearTimeout(timer)
  }

  /** Says that nothing more comes in this run; after `drain`. Not told where it takes longer than `withinMs`, or fails. */
  async takeLeave(withinMs: number): Promise<void> {
    if (this.#status.error !== null) return
    const told = this.#options.connection.insertCells(
      Buffer.from(heartbeatRow(this.#options.collector, true))
    )
    await Promise.race([told.catch(() => undefined), delay(withinMs, undefined, { ref: false })])
  }

  get #isAtRest(): boolean {
    return this.#status.waitingSinceMs === null || this.#status.error !== null
  }

  /** Ends once what is under way is done or has failed: close the connection before. The rest goes in the next run. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#ended
  }

  async #run(): Promise<void> {
    let waitMs = FIRST_WAIT_MS
    const waitLonger = async () => {
      await this.#sleep(waitMs)
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
    }
    while (!this.#isClosed) {
      try {
        this.#isDue = false
        this.#shared ??= await this.#begin()
        const shipped = await this.#ship(this.#shared)
        if (shipped === 'removed') {
          this.#beginAnew()
          await waitLonger()
          continue
        }
        // A commit may have come meanwhile.
        this.#isDue ||= shipped === 'part'
        if (this.#status.error !== null) this.#options.noticed('ClickHouse answers again: shipping goes on')
        this.#tell({ error: null, ...(this.#isDue ? {} : { waitingSinceMs: null }) })
        waitMs = FIRST_WAIT_MS
        if (!this.#isDue) await this.#sleep(HEARTBEAT_MS)
      } catch (error) {
        this.#noteFailure(error)
        await waitLonger()
      }
    }
  }

  #noteFailure(error: unknown): void {
    if (this.#isClosed) return
    const reason = describeError(error)
    if (this.#status.error === null) {
      this.#options.noticed(`${reason}; what is counted stays here and is shipped later`)
    }
    this.#beginAnew()
    this.#tell({ error: reason })
  }

  /** Has it looked anew at what the server has, before anything is sent. */
  #beginAnew(): void {
    this.#shared = null
    this.#arrived = null
    this.#isAlone = false
    this.#tell({ waitingSinceMs: this.#status.waitingSinceMs ?? Date.now() })
  }

  /** Sees to it that the server is the right one, and that what it has of this collector is what was sent. */
  async #begin(): Promise<Shared> {
    const { connection, history } = this.#options
    const shared = await readShared(connection)
    requireSame(shared, this.#options)
    if (Buffer.compare(shared.seed, history.seed) !== 0) {
      throw new FootfallError(
        'usage',
        'the data directory was made with another seed than that of ClickHouse, so its customers cannot be ' +
          'told from those of others: begin with a new one, or make the tables with footfall clickhouse init --data-dir'
      )
    }
    const { instance, shipped, forgotten } = await claimName(this.#options, shared)
    this.#instance = instance
    this.#forgotten = forgotten
    this.#tell({ shipped })
    return shared
  }

  /** Ships a piece, or says that there is none; resolves with whether that was all, or that what was sent is there no more. */
  async #ship(shared: Shared): Promise<'all' | 'part' | 'removed'> {
    const { history, connection, collector } = this.#options
    if (!(await this.#isThereYet(shared))) return 'removed'
    const shipment = await history.readShipment(this.#options.maxRows ?? MAX_ROWS)
    const cells = shipment === null ? '' : rowsOf(shipment, collector, this.#forgotten)
    const text = `${cells}${heartbeatRow(collector)}`
    const rows = Buffer.from(text)
    await connection.insertCells(rows)
    if (shipment === null) return 'all'
    await history.markShipped(shipment)
    this.#arrived = shipment.version
    this.#tell({ rows: this.#status.rows + shipment.rows, bytes: this.#status.bytes + rows.length })
    const { isWhole, commit } = shipment.state
    if (!isWhole && shared.cluster === null) return 'part'
    // It may have been removed since it was looked for.
    if (!(await this.#isThereYet(shared))) return 'removed'
    if (!isWhole) return 'part'
    this.#tell({ shipped: commit })
    if (!this.#isAlone && (await claimName(this.#options, shared)).forgotten !== this.#forgotten)
      return 'removed'
    this.#isAlone = true
    await this.#remove(shipment.state, shared)
    return 'all'
  }

  /**
   * Whether what was acknowledged is there: false where it has been removed or lost, and has to be sent again.
   *
   * On a cluster another replica than the one that had acknowledged the last shipment may answer, be it that it
   * has come in the place of that one. As long as it has not got that shipment it must not get the next: it would
   * tell of a commit of which it lacks a part. Rejects with `server` where it does not get it.
   */
  async #isThereYet({ cluster }: Shared): Promise<boolean> {
    const arrived = this.#arrived
    const look = async () => {
      const { received, forgotten } = await standing(this.#options)
      if (forgotten > this.#forgotten || (received !== null && received.instance !== this.#instance))
        return false
      // A replica that is behind may lack a removal as well.
      if (forgotten < this.#forgotten) return null
      return arrived === null || (received !== null && received.version >= arrived) ? true : null
    }
    const isThere = cluster === null ? (await look()) === true : await untilSeen(this.#options, look)
    if (!isThere) {
      this.#options.noticed(
        `what was shipped as ${this.#options.collector} is not in ClickHouse any more, or not all of it`
      )
    }
    return isThere
  }

  /**
   * Removes what is not kept here any more either: it counts no more in any answer, but
   * takes room. Where that fails it is told, and tried again when it is due again.
   */
  async #remove({ oldestLiveMinute, floors }: ShippedState, shared: Shared): Promise<void> {
    const now = performance.now()
    if (oldestLiveMinute < this.#removedBefore + REMOVAL_MINUTES) return
    if (now < this.#removedAtMs + REMOVAL_PAUSE_MS) return
    this.#removedBefore = oldestLiveMinute
    this.#removedAtMs = now
    const { connection, collector } = this.#options
    const before = {
      live: oldestLiveMinute,
      minutes: oldestLiveMinute,
      before: oldestLiveMinute - LIVE_WINDOW_MINUTES,
      ...floors
    }
    const expired = SHIPPED_TIERS.flatMap((tier, number) =>
      before[tier] === null ? [] : [`(tier = ${number} AND bucket < ${before[tier]})`]
    )
    const condition = `collector = ${quoted(collector)} AND (${expired.join(' OR ')})`
    try {
      const { rows } = await connection.ask(`SELECT count() FROM ${CELLS} WHERE ${condition}`)
      if (Number(rows[0]?.[0]) > 0) await remove(connection, condition, shared)
    } catch (error) {
      if (this.#isClosed) return
      this.#options.noticed(`${describeError(error)}: what is not kept any more is not removed there now`)
    }
  }

  #tell(changed: Partial<ShippingReport>): void {
    this.#status = { ...this.#status, ...changed }
    this.#options.report?.(this.#status)
    if (this.#isAtRest) this.#rested()
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#isClosed) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = setTimeout(resolve, ms)
    })
    clearTimeout(timer)
    this.#wake = () => undefined
  }
}
