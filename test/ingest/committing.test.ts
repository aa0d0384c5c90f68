import t from 'tap'
import { Committing } from '../../src/ingest/committing.js'
import type { Dispatcher } from '../../src/ingest/dispatcher.js'
import type { Historian } from '../../src/ingest/historian.js'
import type { CommitReport } from '../../src/ingest/messages.js'
import type { Commit } from '../../src/store/commit.js'
import { takeChanges } from '../../src/store/changes.js'
import { Bench, HISTORY } from '../support/kernel-bench.js'
import { idsOf } from '../../src/store/item-ids.js'

t.test(
  'when nobody can say where the source stands, what was taken of the store is committed later',
  async (t) => {
    const bench = new Bench({ history: HISTORY })
    const visit = { kind: 'page_visit', item: 'a', customer: 'c', cents: null, quantity: 1n } as const
    // Columns are in memory that the next commit is copied to: they are looked at while they are written.
    const written: unknown[] = []
    const write = ({ cells, newItems }: Commit) => written.push([[...cells.minutes], idsOf(newItems.ids)])
    const reports: CommitReport[] = []
    let isReadable = false
    const positionsAt = () => {
      if (!isReadable) throw new Error('cannot be read now')
      return []
    }
    const committing = new Committing(
      { takeChanges: () => Promise.resolve(takeChanges(bench.store)) } as unknown as Dispatcher,
      { commit: (commit: Commit) => Promise.resolve(write(commit)) } as unknown as Historian,
      60_000,
      { number: 0, offset: 0 },
      () => positionsAt,
      (report) => reports.push(report)
    )
    t.teardown(() => {
      committing.close()
    })
    bench.apply([{ ...visit, ms: 60_000 }])
    await t.rejects(committing.commit(), { message: 'cannot be read now' })
    t.equal(reports.at(-1)?.error, 'cannot be read now', 'it is said')
    bench.apply([{ ...visit, ms: 120_000 }])
    isReadable = true
    await committing.commit()
    t.strictSame(written, [
      [[1], ['a']],
      [[2], []]
    ])
    t.equal(reports.at(-1)?.error, null)
  }
)
