import { DEFAULT_MEMORY_BYTES, slotsFor } from '../base/limits.js'
import { capacityWithin, type MemoryOptions } from '../store/budget.js'
import { createStore, sketchDaysOf, type HistoryDays, type Store } from '../store/store.js'
import { historyDays } from './history-days.js'
import type { PipelineOptions } from './pipeline.js'

/** The store of a run, as large as the memory that it may take allows. Throws a FootfallError when that is too little. */
export function storeFor(options: PipelineOptions): Store {
  const { workers, source, clock, minorDigits, mapping, history, faults } = options
  const days = history === null ? null : historyDays(history.timeZone)
  return createStore({
    capacity: options.capacity ?? capacityWithin(memoryOptions(options, days)),
    slots: slotsFor(workers),
    chunkBytes: source.chunkBytes,
    wallClock: clock === 'wall',
    minorDigits,
    mapping,
    keepMinute: faults?.keepMinute === true,
    ...(days === null ? {} : { history: days })
  })
}

function memoryOptions(options: PipelineOptions, days: HistoryDays | null): MemoryOptions {
  const { memoryBytes = DEFAULT_MEMORY_BYTES, workers, source, mapping, history } = options
  const kept =
    days === null || history === null
      ? null
      : {
          zoneEntries: days.fromMinutes.length,
          sketchDays: sketchDaysOf(days),
          databaseBytes: history.memoryLimitMb * 1e6
        }
  return { memoryBytes, workers, chunkBytes: source.chunkBytes, mapping, history: kept }
}
