import t from 'tap'
import { insights } from '../../benchmarks/insights.js'
import { insightsTable } from '../../benchmarks/report/tables.js'
import { checkLatencies, tinyOptions } from '../support/tiny-benchmarks.js'

t.test('rankings and items of a large catalogue are asked for and checked', async (t) => {
  const result = await insights(tinyOptions(t))
  t.equal(result.items, 3000)
  for (const found of [result.topItems, result.compared, result.item]) checkLatencies(t, found, 20)
  t.match(insightsTable(result), /items\/\{id\}/)
})
