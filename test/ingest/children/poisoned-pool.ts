/** A thread of the pool that fails at batches with a marker in them, as FOOTFALL_TEST_POISON says. */
import { writeFileSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import type { Failure, PoolCall, PoolSetup } from '../../../src/ingest/messages.js'
import { serve as serveStore } from '../../../src/ingest/pool-thread.js'
import { Kernel } from '../../../src/store/kernel.js'
import type { SlotPlace } from '../../../src/store/layout.js'
import { ParsedSlot, slotBytes } from '../../../src/store/slot.js'

export interface Poison {
  readonly marker: string
  readonly how: 'throw' | 'trap' | 'exit' | 'exhaust' | 'loop'
  readonly at: 'parse' | 'apply'
  /** A file that is made when the thread fails, and of which only the first does; null: it fails each time. */
  readonly once: string | null
}

const setup = workerData as PoolSetup
const poison = JSON.parse(process.env['FOOTFALL_TEST_POISON'] ?? '') as Poison

export function serve({ port }: PoolCall): Failure | null {
  // Both are called with their object below.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { scan, apply } = Kernel.prototype
  if (poison.at === 'parse') {
    Kernel.prototype.scan = function (...parameters) {
      fail(this, parameters[0])
      return scan.apply(this, parameters)
    }
  } else {
    Kernel.prototype.apply = function (...parameters) {
      // The store is written then, and the turn is not passed on.
      const future = apply.apply(this, parameters)
      fail(this, parameters[0])
      return future
    }
  }
  return serveStore(setup, port)
}

function fail(kernel: Kernel, place: SlotPlace): void {
  const { length, rejectedAs } = new ParsedSlot(setup.store, place).batch()
  if (rejectedAs !== null) return
  if (!slotBytes(setup.store, place).subarray(0, length).includes(poison.marker)) return
  if (poison.once !== null && !isFirst(poison.once)) return
  const kept: unknown[] = []
  switch (poison.how) {
    case 'throw':
      throw new Error('poisoned')
    case 'trap':
      kernel.hashBytes(0xffff0000, 0xffff)
      break
    case 'exit':
      process.exit(3)
      break
    case 'exhaust':
      for (;;) kept.push(new Array(1_000_000).fill(kept.length))
    case 'loop':
      for (;;) kept.length = 0
  }
}

function isFirst(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
