import type { ClickHouseServer } from './server.js'

/** What one kind of statement has taken in ClickHouse. */
export interface StatementKind {
  readonly kind: string
  readonly count: number
  readonly p50Ms: number
  readonly maxMs: number
  readonly totalMs: number
  /** Read on average. */
  readonly rows: number
}

/** By what their text is LIKE, the first that fits; metrics by their numbers (src/metrics). */
const KINDS = [
  ['insert', 'INSERT INTO footfall_cells%'],
  ['removal', 'ALTER TABLE footfall_cells%'],
  ['where collectors stand', 'SELECT 1, kind, collector%'],
  ['summary', '%maxForEach(registers)%'],
  ['most-viewed', '%max(place)%metric = 0 AND bucket%'],
  ['most-carted', '%max(place)%metric = 1 AND bucket%'],
  ['top-grossing', '%max(place)%metric = 4 AND bucket%']
] as const

/** The kinds of statements on cells since a moment (epoch s), those that took longest in all first. */
export async function statementsSince(server: ClickHouseServer, sinceS: number): Promise<StatementKind[]> {
  const kinds = KINDS.map(([kind, pattern]) => `query LIKE '${pattern}', '${kind}'`)
  await server.run('SYSTEM FLUSH LOGS')
  const rows = await server.rows(`
    SELECT multiIf(${kinds.join(', ')}, 'other') AS what, count(), quantileExact(0.5)(query_duration_ms),
      max(query_duration_ms), sum(query_duration_ms) AS total, avg(read_rows)
    FROM system.query_log
    WHERE type = 2 AND query LIKE '%footfall_cells%' AND query NOT LIKE '%query_log%' AND toUInt32(event_time) >= ${sinceS}
    GROUP BY what ORDER BY total DESC`)
  return rows.map(([kind, ...figures]) => {
    const [count = 0, p50Ms = 0, maxMs = 0, totalMs = 0, read = 0] = figures.map(Number)
    return { kind: String(kind), count, p50Ms, maxMs, totalMs, rows: Math.round(read) }
  })
}
