import t from 'tap'
import { memory } from '../../benchmarks/memory.js'
import { memoryTable } from '../../benchmarks/report/tables.js'
import { checkFigures, tinyOptions } from '../support/tiny-benchmarks.js'

t.test(
  'a stream, one ten times as long and a large catalogue are counted, and their peaks given',
  async (t) => {
    const result = await memory(tinyOptions(t))
    t.same([result.short.accepted, result.short.hours], [2000, 72])
    t.same([result.long.accepted, result.long.hours], [20_000, 720])
    t.same([result.catalogue.accepted, result.catalogue.totalItems], [3600, 3000])
    for (const run of [result.short, result.long, result.catalogue]) {
      checkFigures(t, run, ['sizeBytes', 'peakRssBytes', 'elapsedMs'])
    }
    t.equal(result.differenceBytes, result.long.peakRssBytes - result.short.peakRssBytes)
    t.match(memoryTable(result), /3,000 items/)
  }
)
