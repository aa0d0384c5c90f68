import { CELLS } from '../../src/clickhouse/schema.js'
import type { Input } from './inputs.js'
import type { ClickHouseServer } from './server.js'

/** What cells take in ClickHouse. */
export interface Stored {
  readonly rows: number
  readonly bytes: number
}

const TRIES = 20

/** Cells and views (metric 0) of live minutes (tier 0) must be what was written. `table`: with its database. */
export async function checkViews(
  server: ClickHouseServer,
  wanted: Pick<Input, 'views' | 'path'>,
  table = CELLS
): Promise<void> {
  const [views] = await server.numbers(`SELECT sum(amount) FROM ${table} FINAL WHERE tier = 0 AND metric = 0`)
  if (views === wanted.views) return
  throw new Error(`ClickHouse has ${String(views)} views of ${wanted.path}, not ${wanted.views}`)
}

/** The rows of cells that it has been sent since it was started, to all tables of that name. */
export async function insertedRows(server: ClickHouseServer): Promise<number> {
  await server.run('SYSTEM FLUSH LOGS')
  const [rows = 0] = await server.numbers(
    `SELECT sum(written_rows) FROM system.query_log WHERE type = 2 AND query LIKE 'INSERT INTO ${CELLS}%'`
  )
  return rows
}

export async function stored(server: ClickHouseServer): Promise<Stored> {
  const [rows = 0, bytes = 0] = await server.numbers(
    `SELECT sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND table = '${CELLS}'`
  )
  return { rows, bytes }
}

/** Has all of the table merged into one part, whatever merges are under way. */
export async function optimise(server: ClickHouseServer): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    await server.run(`OPTIMIZE TABLE ${CELLS} FINAL`)
    const [parts] = await server.numbers(
      `SELECT count() FROM system.parts WHERE active AND table = '${CELLS}' AND database = 'default'`
    )
    if (parts === 1) return
  }
  throw new Error('the parts of the table were not merged into one')
}

/** Bytes of a row as it is sent: tab-separated text, collector and version included. */
export async function textBytesPerRow(server: ClickHouseServer): Promise<number> {
  const columns = ['tier', 'metric', 'bucket', 'kind', 'amount', 'version'].map(
    (name) => `length(toString(${name}))`
  )
  const texts = ['item', 'collector', 'state'].map((name) => `length(${name})`)
  const registers = 'if(empty(registers), 2, length(toString(registers)))'
  const separators = columns.length + texts.length + 1
  const [bytes = 0] = await server.numbers(
    `SELECT avg(${[...columns, ...texts, registers, separators].join(' + ')}) FROM ${CELLS}`
  )
  return bytes
}
