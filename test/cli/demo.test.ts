import { readdirSync } from 'node:fs'
import t from 'tap'
import type { Status } from '../../src/query/shapes.js'
import { startServe, type Served } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

interface Answer {
  readonly data: readonly { readonly value: number }[]
  readonly meta: { readonly now: string | null; readonly total_items: number; readonly offset: number }
}

/** Asks until an answer satisfies the condition. */
async function mostViewed(served: Served, isMet: (answer: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const answer = (await served.get('/v1/items/most-viewed')) as Answer
    if (isMet(answer)) return answer
  }
}

t.test(
  'the demo is a shop that is open now, with two weeks behind it; it ends and leaves nothing',
  async (t) => {
    const folder = temporaryFolder(t)
    const served = await startServe(t, ['--rate', '200'], { env: { TMPDIR: folder } }, 'demo')
    t.equal(readdirSync(folder).length, 1)
    const first = await mostViewed(served, ({ meta }) => meta.total_items > 100)
    const later = await mostViewed(served, ({ meta }) => meta.offset > first.meta.offset + 10_000)
    t.ok(Date.parse(later.meta.now ?? '') <= Date.now())
    const status = (await served.get('/v1/status')) as Status
    t.match(status, { state: 'live', accounting: { rejected: 0 } })
    const { late, accepted } = status.accounting
    t.ok(late < accepted / 100, `${late} of ${accepted} are late`)
    const { data: days } = (await served.get('/v1/history?metric=views')) as { data: { value: number }[] }
    t.ok(days.length >= 15 && days.every(({ value }) => value > 0), JSON.stringify(days))
    t.equal(await served.end('SIGINT'), 0, served.stderr())
    t.equal(served.stderr(), '')
    t.strictSame(readdirSync(folder), [])
  }
)

t.test('with a speed the demo is the sample in its rhythm, and now is the time that is played', async (t) => {
  const folder = temporaryFolder(t)
  const args = ['--speed', '3600x', '--max-gap', '5m']
  const served = await startServe(t, args, { env: { TMPDIR: folder } }, 'demo')
  const first = await mostViewed(served, ({ data }) => data.length > 0)
  const later = await mostViewed(served, ({ meta }) => meta.now !== null && meta.now > (first.meta.now ?? ''))
  t.match(later.meta.now, /^2026-11-1[789]T/)
  t.ok(later.meta.offset < 2_629_068, 'there is more to come')
  t.equal(await served.end('SIGINT'), 0, served.stderr())
  t.strictSame(readdirSync(folder), [])
})
