import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { BoardReader, type Ranking } from '../../src/store/board.js'
import { Kernel } from '../../src/store/kernel.js'
import { LiveAnswers, type LiveAnswerOf, type LiveQuestion } from '../../src/store/live.js'
import type { Capacity } from '../../src/store/layout.js'
import { SlotRecords } from '../../src/store/slot.js'
import { createStore, type HistoryDays } from '../../src/store/store.js'
import type { Oracle, OracleEvent, OracleMetric } from './oracle.js'

const CAPACITY: Capacity = {
  items: 4096,
  nameBytes: 1 << 20,
  customers: 65536,
  foldRows: 65536,
  pending: 4096,
  cells: 2_000_000
}
const FAR_AHEAD = 8e15

/** A history of UTC days. */
export const HISTORY: HistoryDays = {
  fromMinutes: Int32Array.of(0),
  offsetMinutes: Int32Array.of(0),
  lastDay: 25_000
}

/** A store of its own with one thread, driven as the pool drives it. */
export class Bench {
  readonly store
  readonly kernel: Kernel
  readonly boards: BoardReader
  readonly live: LiveAnswers

  constructor(
    options: {
      wallClock?: boolean
      keepMinute?: boolean
      capacity?: Partial<Capacity>
      history?: HistoryDays
    } = {}
  ) {
    const { wallClock = false, keepMinute = false, capacity = {}, history } = options
    const chunkBytes = 1 << 20
    const settings = {
      capacity: { ...CAPACITY, ...capacity },
      slots: 1,
      chunkBytes,
      wallClock,
      minorDigits: 2,
      mapping: IDENTITY_MAPPING,
      keepMinute,
      ...(history === undefined ? {} : { history })
    }
    // One seed for all: a state is taken over from one store to another.
    this.store = createStore(settings, Buffer.from('a seed..'))
    this.kernel = new Kernel(this.store)
    this.boards = new BoardReader(this.store)
    this.live = new LiveAnswers(this.store, this.kernel)
  }

  /** The answer over the last `minutes` minutes. */
  rankWindow(metric: number, minutes: number): LiveAnswerOf<'ranking'> {
    return this.ask({ kind: 'ranking', metric, minutes, asOf: null, compare: false })
  }

  ask<Question extends LiveQuestion>(question: Question): LiveAnswerOf<Question['kind']> {
    return this.live.answer(question) as LiveAnswerOf<Question['kind']>
  }

  /** Applies a batch; how many were rejected as ahead of the clock, or what there was no room for. */
  apply(events: readonly OracleEvent[], wallMs = FAR_AHEAD): number | string {
    const slot = this.store.layout.slots[0]!
    const writer = new SlotRecords(this.store, this.kernel, slot)
    let lineAt = 0
    for (const { kind, ms, item, customer, cents, quantity } of events) {
      writer.line()
      writer.event(
        {
          type: kind,
          timestampMs: ms,
          itemId: item === '' ? null : item,
          customerId: customer === '' ? null : customer,
          priceMinor: cents === null ? null : Number(cents),
          quantity: Number(quantity)
        },
        lineAt
      )
      lineAt += Buffer.byteLength(item + customer)
    }
    const shortage = this.kernel.prepare(slot, writer.count)
    return shortage ?? this.kernel.apply(slot, writer.count, wallMs, 0)
  }
}

export function plain(ranking: Ranking) {
  const rows = ranking.rows.map(({ itemId, value }) => [itemId, value] as const)
  return { items: ranking.items, sum: ranking.sum, rows }
}

export function expected(oracle: Oracle, metric: OracleMetric, minutes: number) {
  const { items, sum, rows } = oracle.rank(metric, minutes)
  return { items, sum, rows: rows.slice(0, 100) }
}
