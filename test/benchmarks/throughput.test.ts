import t from 'tap'
import { checkSameHeadlines, type Headlines } from '../../benchmarks/headlines.js'
import { throughputTables } from '../../benchmarks/report/tables.js'
import { throughput } from '../../benchmarks/throughput.js'
import { checkFigures, tinyOptions } from '../support/tiny-benchmarks.js'

const FIGURES = ['elapsedMs', 'processMs', 'cpuMs', 'peakRssBytes', 'eventsPerSecond', 'megabytesPerSecond']

t.test('footfall, DuckDB and a program of a few lines agree, and their figures are given', async (t) => {
  const result = await throughput({ ...tinyOptions(t), runs: 2, readlineRuns: 1 })
  t.equal(result.events, 2000)
  const names = ['footfall-1', 'footfall-2', 'duckdb-1', 'duckdb-2']
  t.same(
    result.rounds.map((round) => Object.keys(round).sort()),
    [[...names, 'readline-1'].sort(), [...names].sort()]
  )
  t.match(result.digest, /^[0-9a-f]{12}$/)
  checkFigures(t, result, ['sizeBytes', 'workers'])
  t.same(Object.keys(result.figures), [...names, 'readline-1'])
  for (const figures of Object.values(result.figures)) checkFigures(t, figures, FIGURES)
  t.same(
    result.comparisons.map(({ footfall, peer, elapsed }) => [footfall, peer, elapsed.rounds.length]),
    [
      ['footfall-2', 'duckdb-2', 2],
      ['footfall-1', 'duckdb-1', 2],
      ['footfall-2', 'readline-1', 1]
    ]
  )
  for (const { elapsed, process } of result.comparisons) {
    checkFigures(t, elapsed, ['median'])
    checkFigures(t, process, ['median'])
  }
  t.same(
    result.scaling.map(({ workers }) => workers),
    [1, 2]
  )
  t.equal(result.scaling[0]?.efficiency, 1)
  t.match(throughputTables(result), /all lists agree/)
})

t.test('lists that differ are a failure that names the row', (t) => {
  const lists: Headlines = { most_viewed: [['a', 2]], most_carted: [['a', 1]], top_grossing: [['b', 999]] }
  const check = (other: Partial<Headlines>) => () => {
    checkSameHeadlines('footfall', { ...lists, ...other }, 'duckdb', lists)
  }
  t.doesNotThrow(check({}))
  t.throws(check({ top_grossing: [['b', 998]] }), {
    message: 'top_grossing differs at row 0: footfall has ["b",998], duckdb has ["b",999]'
  })
  t.throws(check({ most_viewed: [] }), /most_viewed differs at row 0: footfall has null/)
  t.throws(check({ most_carted: [['a', 1], ['c', 1]] }), /most_carted differs at row 1/) // prettier-ignore
  t.end()
})
