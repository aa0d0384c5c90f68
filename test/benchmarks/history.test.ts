import t from 'tap'
import { history } from '../../benchmarks/history.js'
import { historyTable } from '../../benchmarks/report/tables.js'
import { checkFigures, checkLatencies, tinyOptions } from '../support/tiny-benchmarks.js'

t.test('the cost of a history is measured, and what is kept is checked', async (t) => {
  const result = await history(tinyOptions(t))
  checkFigures(t, result.catchUp, ['median'])
  checkFigures(t, result.committed, ['median'])
  checkFigures(t, result.restart, ['cells', 'firstAnswerMs'])
  checkFigures(t, result.year, ['days', 'items', 'sizeBytes'])
  checkLatencies(t, result.year.commit, 40)
  checkLatencies(t, result.year.series, 50)
  checkLatencies(t, result.year.topItems, 50)
  t.match(historyTable(result), /top 10 of a month/)
})
