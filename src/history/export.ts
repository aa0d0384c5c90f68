import { describeError, FootfallError } from '../base/errors.js'
import type { Granularity } from '../base/civil-date.js'
import { FORMULA_PATTERN } from '../base/spreadsheet.js'
import { Database } from './database.js'
import { OTHER_ITEM, OTHER_ITEM_NAME } from './history.js'
import { failureOf, requireHistory } from './open.js'
import { IS_OTHER, METRIC_COLUMNS, SUMS } from './schema.js'

export const EXPORT_FORMATS = ['parquet', 'csv', 'jsonl'] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportOptions {
  readonly tier: Granularity
  readonly format: ExportFormat
  /** File to write; one that is there is replaced. */
  readonly out: string
  readonly memoryLimitMb: number
}

export interface Exported {
  readonly rows: number
}

const COPY_OPTIONS: Readonly<Record<ExportFormat, string>> = {
  parquet: 'FORMAT parquet, COMPRESSION zstd',
  csv: 'FORMAT csv, HEADER true',
  jsonl: 'FORMAT json, ARRAY false'
}

/** Names as `bucketName` gives them. */
const NAME_FORMATS: Readonly<Record<Granularity, string>> = {
  day: '%Y-%m-%d',
  week: '%G-W%V',
  month: '%Y-%m'
}

/**
 * Writes a tier to a file, one row a bucket and item, sorted by both: `bucket`
 * (`2026-11-20`, `2026-W47`, `2026-11`), `item_id` (null for no item, `(other)`
 * for a folded tail), `is_folded` (whether it is that tail: an item may have the
 * name, too), one column a metric, money in minor units. In CSV an id that a
 * spreadsheet would run as a formula has an apostrophe before it.
 *
 * Events of the live window are not in it: they reach their day when they leave.
 * The database is only read. Rejects with `history` when it cannot be, as
 * while another process has it open, with `output` when the file cannot be written.
 */
export async function exportTier(path: string, options: ExportOptions): Promise<Exported> {
  const database = await open(path, options.memoryLimitMb)
  try {
    const sql = `COPY (${selectTier(options)}) TO ${quoted(options.out)} (${COPY_OPTIONS[options.format]})`
    return { rows: await database.run(sql) }
  } catch (error) {
    throw new FootfallError('output', `cannot export to ${options.out}: ${describeError(error)}`, {
      cause: error
    })
  } finally {
    database.close()
  }
}

async function open(path: string, memoryLimitMb: number): Promise<Database> {
  try {
    const database = await Database.open({ path, memoryLimitMb, readOnly: true })
    try {
      await requireHistory(database)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  } catch (error) {
    throw failureOf(path, error)
  }
}

function selectTier({ tier, format }: ExportOptions): string {
  const name = `strftime(DATE '1970-01-01' + bucket, '${NAME_FORMATS[tier]}')`
  const id = `CASE WHEN ${IS_OTHER} THEN ${quoted(OTHER_ITEM_NAME)} ELSE item_id END`
  const safe = `CASE WHEN regexp_matches(${id}, ${quoted(FORMULA_PATTERN)}) THEN '''' || ${id} ELSE ${id} END`
  return `
    SELECT ${name} AS bucket, ${format === 'csv' ? safe : id} AS item_id,
      ${IS_OTHER} AS is_folded, ${METRIC_COLUMNS.join(', ')}
    FROM (SELECT bucket AS start, bucket, if(${IS_OTHER}, ${OTHER_ITEM}, item) AS item, ${SUMS} FROM "${tier}" GROUP BY ALL) t
      LEFT JOIN items ON number = item
    ORDER BY start, ${id} NULLS FIRST, is_folded`
}

/** A text as SQL. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
