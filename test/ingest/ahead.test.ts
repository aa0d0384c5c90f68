import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { historyIn, seriesOf } from '../support/history.js'
import { startTestPipeline, temporaryFolder } from '../support/pipelines.js'
import { until } from '../support/streams.js'

const START = Date.UTC(2026, 0, 5, 12)
const DAY = 86_400_000

function visit(ms: number): string {
  return `${JSON.stringify({ event_type: 'page_visit', timestamp: ms, item_id: 'a' })}\n`
}

t.test('a last line far ahead is counted by a replay, and decided on by the next run', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const history = historyIn(join(folder, 'history.duckdb'))
  const replay = async () => {
    const pipeline = startTestPipeline(t, { file, history })
    await pipeline.done
    const { nowMs, pending, counts } = pipeline.boards.read()!
    return { nowMs, pending, accepted: counts.accepted }
  }
  writeFileSync(file, visit(START) + visit(START + 3 * DAY))
  t.strictSame(await replay(), { nowMs: START + 3 * DAY, pending: 0, accepted: 2 })
  t.strictSame(await replay(), { nowMs: START + 3 * DAY, pending: 0, accepted: 2 }, 'again: nothing is added')
  appendFileSync(file, visit(START + 60_000))
  t.strictSame(await replay(), { nowMs: START + 60_000, pending: 1, accepted: 3 }, 'contradicted')
  appendFileSync(file, visit(START + 3 * DAY) + visit(START + 3 * DAY + 1))
  t.strictSame(await replay(), { nowMs: START + 3 * DAY + 1, pending: 0, accepted: 5 }, 'the time has come')
})

t.test('a served file holds it until there is another line', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, visit(START) + visit(START + 3 * DAY))
  const pipeline = startTestPipeline(t, { file, follow: true, history: historyIn(null) })
  const held = await until(pipeline, ({ counts }) => counts.lines === 2)
  t.match(held, { nowMs: START, pending: 1 })
  t.strictSame([...(await seriesOf(pipeline, 'views', 'day'))], [[START / DAY - 0.5, 1n]])
  appendFileSync(file, visit(START + 3 * DAY + 7))
  const confirmed = await until(pipeline, ({ counts }) => counts.lines === 3)
  t.match(confirmed, { nowMs: START + 3 * DAY + 7, pending: 0 })
  const days = [...(await seriesOf(pipeline, 'views', 'day'))].filter(([, value]) => value > 0n)
  t.strictSame(days, [
    [START / DAY - 0.5, 1n],
    [START / DAY + 2.5, 2n]
  ])
})
