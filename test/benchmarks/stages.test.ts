import t from 'tap'
import { stagesTables } from '../../benchmarks/report/tables.js'
import { STAGE_NAMES, stages } from '../../benchmarks/stages.js'
import { checkFigures, tinyOptions } from '../support/tiny-benchmarks.js'

t.test('the stages count what a replay counts, and what they cost and keep is given', async (t) => {
  const result = await stages(tinyOptions(t))
  t.equal(result.events, 2000)
  checkFigures(t, result, ['sizeBytes', 'batches'])
  for (const name of STAGE_NAMES) t.ok(result.cost[name].medianMicros >= 0, name)
  checkFigures(t, result.cost.total, ['medianMicros', 'meanMicros'])
  checkFigures(t, result.memory, ['cells', 'items', 'storeBytes'])
  t.ok(result.memory.bytesPerCell >= 12, 'a cell holds an item and an amount')
  t.ok(result.memory.bytesPerItem > 60)
  checkFigures(t, result.declined, ['lines', 'referenceMicros', 'productMicros', 'ratio'])
  t.match(stagesTables(result), /scan/)
})
