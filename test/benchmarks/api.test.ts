import t from 'tap'
import { api } from '../../benchmarks/api.js'
import { apiTables } from '../../benchmarks/report/tables.js'
import { checkFigures, checkLatencies, tinyOptions } from '../support/tiny-benchmarks.js'

t.test('the headline route and a bare one answer alike, also while a file is counted', async (t) => {
  const result = await api(tinyOptions(t))
  const { bareRoute, underReplay } = result
  t.equal(bareRoute.rounds.length, 1)
  checkFigures(t, bareRoute, ['bodyBytes', 'footfall', 'bare', 'ratio'])
  checkFigures(t, underReplay, ['rate', 'workers', 'answers', 'starts'])
  // A file this small may be counted before the first request: how many were timed is the machine's affair.
  checkLatencies(t, underReplay.replaying, underReplay.replaying.count)
  checkLatencies(t, underReplay.idle, underReplay.idle.count)
  t.ok(underReplay.idle.count > 0)
  t.ok(underReplay.answers >= underReplay.replaying.count + underReplay.idle.count)
  t.match(apiTables(result), /bare Fastify route/)
})
