import { readdirSync } from 'node:fs'
import t from 'tap'
import { freshness } from '../../benchmarks/freshness.js'
import { freshnessTable } from '../../benchmarks/report/tables.js'
import { checkLatencies, tinyOptions } from '../support/tiny-benchmarks.js'

t.test('each appended line becomes visible, and the counts are right in the end', async (t) => {
  const options = tinyOptions(t)
  const result = await freshness(options)
  t.equal(result.events, 2000)
  t.equal(result.appends, 5)
  t.ok(result.views > 5)
  checkLatencies(t, result.visible, 5)
  t.match(freshnessTable(result), /append to answer/)
  const left = readdirSync(options.folder).filter((name) => !name.startsWith('shop-'))
  t.same(left, [], 'the copy that was appended to is gone')
})
