import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { IDENTITY_MAPPING } from '../../src/event/mapping.js'
import { capacityWithin } from '../../src/store/budget.js'
import { footfall } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

interface Replayed {
  readonly most_viewed: { readonly meta: Record<string, unknown> }
  readonly accounting: Record<string, unknown>
}

t.test('beyond the memory new items are counted as (other), which is said', async (t) => {
  const folder = temporaryFolder(t)
  const file = join(folder, 'events.jsonl')
  const memory = ['--memory', '320M', '--workers', '1', '--chunk-size', '65536']
  const { items } = capacityWithin({
    memoryBytes: 320 * 2 ** 20,
    workers: 1,
    chunkBytes: 65536,
    mapping: IDENTITY_MAPPING,
    history: null
  })
  const known = items - 2
  const line = (number: number) =>
    `{"event_type":"page_visit","timestamp":1700000000,"item_id":"${number}"}\n`
  writeFileSync(file, Array.from({ length: known + 500 }, (_, number) => line(number)).join(''))
  const { code, stdout, stderr } = await footfall(['replay', file, '--json', ...memory])
  t.equal(code, 0)
  t.match(
    stderr,
    /^footfall: new items from 2023-11-14T22:13:20.000Z on were counted as \(other\), .* 320 MiB.*: [\d,]+ are known.*\n$/
  )
  const { most_viewed: viewed, accounting } = JSON.parse(stdout) as Replayed
  t.match(viewed.meta, { exact: false, inexact: /320 MiB\) .* \(other\)/, other: 500, total_items: known })
  t.match(accounting, { lines: known + 500, accepted: known + 500, rejected: 0 })
  t.match(
    (await footfall(['replay', file, ...memory])).stdout,
    /Most viewed.*\n {2}not exact: amounts of items/i
  )
})
