import t from 'tap'
import { Connection } from '../../src/clickhouse/connection.js'
import { CELLS } from '../../src/clickhouse/schema.js'
import { whyNoClickHouse } from '../support/clickhouse.js'
import { initialised } from './small-shop.js'

const skip = whyNoClickHouse() ?? false

/** More than a shipment has, and than servers read at once. */
const ROWS = 250_000

t.test(
  'what is inserted is one block, and none of it is there where a row is broken',
  { skip },
  async (t) => {
    const server = await initialised(t)
    const connection = new Connection({ url: server.url })
    t.teardown(() => connection.close())
    const rows = Array.from(
      { length: ROWS },
      (_, place) => `0\t4\t${29_000_000 + place}\t0\tan item of the shop\t${place}\t[1,2,3]\tweb-1\t1\t\n`
    )
    await t.rejects(connection.insertCells(Buffer.from([...rows, '0\tbroken\n'].join(''))), {
      code: 'history'
    })
    t.strictSame(await server.rows(`SELECT count() FROM ${CELLS}`), [['0']])
    await connection.insertCells(Buffer.from(rows.join('')))
    t.strictSame(await server.rows(`SELECT count(), sum(amount) FROM ${CELLS}`), [
      [String(ROWS), String((ROWS * (ROWS - 1)) / 2)]
    ])
    // Where it had been several, they might be one part by now, but of several blocks.
    const parts = `SELECT min_block_number = max_block_number FROM system.parts WHERE active AND table = '${CELLS}'`
    t.strictSame(await server.rows(parts), [[1]])
  }
)
