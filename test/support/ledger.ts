import { METRICS } from '../../src/metrics/metrics.js'
import type { Changes } from '../../src/store/changes.js'
import type { Restored } from '../../src/store/restore.js'
import { idsOf } from '../../src/store/item-ids.js'

/** What a database would hold after some commits, kept as naively as can be. */
export class Ledger {
  readonly items = ['']
  /** Amounts by `day item metric`. */
  readonly days = new Map<string, bigint>()
  readonly sketches = new Map<number, Uint8Array>()
  readonly #live = new Map<number, (readonly [metric: number, item: number, amount: bigint])[]>()
  #dayBefore: Uint8Array | null = null
  readonly #customers = new Map<bigint, number>()
  #last: Changes | null = null

  commit(changes: Changes): void {
    const { cells, days, newItems, customers, sketches } = changes
    if (newItems.first !== this.items.length) throw new Error(`items begin at ${newItems.first}`)
    this.items.push(...idsOf(newItems.ids))
    for (const minute of changes.changedMinutes) this.#live.set(minute, [])
    for (const [row, minute] of cells.minutes.entries()) {
      this.#live.get(minute)!.push([cells.metrics[row]!, cells.items[row]!, cells.amounts[row]!])
    }
    for (const minute of this.#live.keys()) if (minute < changes.oldestLiveMinute) this.#live.delete(minute)
    for (const [row, day] of days.days.entries()) {
      for (const [metric, { name }] of METRICS.entries()) {
        const key = `${day} ${this.items[days.items[row]!]} ${name}`
        this.days.set(key, (this.days.get(key) ?? 0n) + days.amounts[metric]![row]!)
      }
    }
    for (const [row, hash] of customers.hashes.entries()) this.#customers.set(hash, customers.minutes[row]!)
    for (const [hash, minute] of this.#customers) {
      if (minute < changes.oldestLiveMinute) this.#customers.delete(hash)
    }
    for (const [row, day] of sketches.days.entries()) {
      const before = this.sketches.get(day) ?? new Uint8Array(4096)
      const registers = sketches.registers.subarray(row * 4096, (row + 1) * 4096)
      this.sketches.set(
        day,
        before.map((register, place) => Math.max(register, registers[place]!))
      )
    }
    this.#dayBefore = changes.dayBefore ?? this.#dayBefore
    this.#last = changes
  }

  restored(): Restored {
    const cells = [...this.#live].flatMap(([minute, rows]) => rows.map((row) => [minute, ...row] as const))
    return {
      nowMs: this.#last?.nowMs ?? null,
      counters: this.#last?.counters ?? new Float64Array(),
      pending: this.#last?.pending ?? new Uint8Array(),
      items: this.items.slice(1),
      cells: {
        minutes: Int32Array.from(cells, ([minute]) => minute),
        metrics: Uint8Array.from(cells, ([, metric]) => metric),
        items: Uint32Array.from(cells, ([, , item]) => item),
        amounts: BigUint64Array.from(cells, ([, , , amount]) => amount)
      },
      customers: {
        hashes: BigUint64Array.from(this.#customers.keys()),
        minutes: Int32Array.from(this.#customers.values())
      },
      dayBefore: this.#dayBefore
    }
  }

  /** Amounts of a metric above 0, by `day item`. */
  daysOf(metric: string): Map<string, bigint> {
    const found = [...this.days]
      .filter(([key, amount]) => key.endsWith(` ${metric}`) && amount > 0n)
      .map(([key, amount]) => [key.slice(0, -metric.length - 1), amount] as const)
    return new Map(found)
  }
}
