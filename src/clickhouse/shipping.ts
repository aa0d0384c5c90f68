import { setTimeout as delay } from 'node:timers/promises'
import type { History } from '../history/history.js'
import type { HistorianReport, HistorySetup } from '../ingest/messages.js'
import type { ShippingSetup } from '../ingest/shipping-report.js'
import { Connection } from './connection.js'
import { Shipper } from './shipper.js'

/** What is under way may take so long to end, and to say that it ends as well; ms. */
const LEAVE_MS = 300

/** Ships a history for as long as it is open. */
export class Shipping {
  readonly #connection: Connection
  readonly #shipper: Shipper
  readonly #drainMs: number

  constructor(
    history: History,
    { timeZone, currency }: Pick<HistorySetup, 'timeZone' | 'currency'>,
    { collector, drainMs, ...server }: ShippingSetup,
    report: (report: HistorianReport) => void
  ) {
    this.#drainMs = drainMs
    this.#connection = new Connection(server)
    this.#shipper = new Shipper({
      history,
      connection: this.#connection,
      collector,
      timeZone,
      currency,
      noticed: (message) => {
        report({ kind: 'notice', message })
      },
      report: (shipping) => {
        report({ kind: 'shipping', shipping })
      }
    })
  }

  /** There is a new commit. */
  wake(): void {
    this.#shipper.wake()
  }

  /** Ships what there is time for; the rest goes in the next run. */
  async close(): Promise<void> {
    await this.#shipper.drain(this.#drainMs)
    const ended = this.#shipper.close()
    const isIdle = await Promise.race([ended.then(() => true), delay(LEAVE_MS, false, { ref: false })])
    // What is under way may arrive yet: then it has not ended for those who ask.
    if (isIdle) await this.#shipper.takeLeave(LEAVE_MS)
    await this.#connection.close()
    await ended
  }
}
