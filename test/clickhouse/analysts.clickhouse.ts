import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { whyNoClickHouse } from '../support/clickhouse.js'
import { footfall } from '../support/command.js'
import { blocks, ROOT } from '../support/documents.js'
import { temporaryFolder } from '../support/pipelines.js'
import { initialised, shippingArgs } from './small-shop.js'

const skip = whyNoClickHouse() ?? false

const purchase = (timestamp: string, total: string) =>
  `{"event_type":"purchase","timestamp":"2026-11-${timestamp}:00Z","customer_id":"c","item_id":"a","price":${total},"quantity":1}\n`

t.test('what analysts are told to ask has the answers that it is said to have', { skip }, async (t) => {
  const server = await initialised(t)
  const folder = temporaryFolder(t)
  // Of the day between, the first has minutes yet, and the second has not.
  for (const [name, lines] of [
    ['one', purchase('18T10:00', '10.5') + purchase('19T09:00', '1') + purchase('20T08:00', '2')],
    ['two', purchase('18T12:00', '20') + purchase('19T12:00', '4') + purchase('20T12:00', '8')]
  ] as const) {
    const file = join(folder, `${name}.jsonl`)
    writeFileSync(file, lines)
    const { code, stderr } = await footfall([
      'replay',
      ...shippingArgs(server, file, name, join(folder, name))
    ])
    t.equal(code, 0, stderr)
  }
  const questions = blocks(join(ROOT, 'docs', 'scale.md'), 'sql').filter((sql) => sql.startsWith('SELECT'))
  t.equal(questions.length, 2)
  t.strictSame(await server.rows(questions[0]!), [
    ['2026-11-18', 30.5],
    ['2026-11-19', 4]
  ])
  t.strictSame(await server.rows(questions[1]!), [
    ['2026-11-18', 30.5],
    ['2026-11-19', 5],
    ['2026-11-20', 10]
  ])
})
