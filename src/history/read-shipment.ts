import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import { METRICS } from '../metrics/metrics.js'
import { countsOf, leftMinutes, lossesOf, waitingIn } from '../store/counters.js'
import { bytesOf, type Database } from './database.js'
import { addHash, REGISTERS } from './distinct-count.js'
import { NO_ITEM, OTHER_ITEM, UNKNOWN_ITEMS } from './history.js'
import { TIER } from './outbox.js'
import { METRIC_COLUMNS } from './schema.js'
import { CUSTOMERS, RANKS, SHIPPED_KINDS, type ShippedState, type Shipment } from './shipment.js'
import type { StoredState } from './state.js'

const KIND_ALL = SHIPPED_KINDS.indexOf('all')

/** Versions of one commit: more than there can be shipments of it. */
const VERSIONS = 1n << 24n

/** What has changed since the last shipment, about `maxRows` of it at most; null: nothing. */
export async function readShipment(
  database: Database,
  state: StoredState,
  maxRows: number
): Promise<Shipment | null> {
  const [row] = await database.rows(`
    SELECT instance, shipped, sent, EXISTS (FROM unshipped) OR EXISTS (FROM in_flight) FROM shipping`)
  if (row === undefined) return null
  const [instance, shipped, sent, hasKeys] = row
  if (Number(shipped) === state.commit && hasKeys !== true) return null
  const version = later((sent as bigint) + 1n, BigInt(state.commit) * VERSIONS)
  const isWhole = await takeKeys(database, version, maxRows)
  const lines = await linesInFlight(database)
  return {
    state: await shippedState(database, state, {
      instance: String(instance),
      version: String(version),
      isWhole
    }),
    version,
    rows: lines.count,
    text: lines.text()
  }
}

/**
 * Moves keys to those that are under way, besides those of a shipment that has failed.
 * What changes from now on is noted anew, and goes with a later shipment. The version
 * is kept before anything is sent: what is sent again, and may have changed meanwhile,
 * has a greater one. Resolves with whether all have been moved.
 */
async function takeKeys(database: Database, version: bigint, maxRows: number): Promise<boolean> {
  return database.transaction(async () => {
    await database.run(`UPDATE shipping SET sent = ${version}`)
    const [[taken] = []] = await database.rows('SELECT count(*) FROM in_flight')
    const room = Math.max(0, maxRows - Number(taken))
    await database.run(`
      INSERT INTO in_flight
      SELECT * FROM (SELECT * FROM unshipped LIMIT ${room}) EXCEPT SELECT * FROM in_flight`)
    await database.run(
      'DELETE FROM unshipped WHERE (tier, metric, bucket, item) IN (SELECT (tier, metric, bucket, item) FROM in_flight)'
    )
    return (await database.rows('SELECT 1 FROM unshipped LIMIT 1')).length === 0
  })
}

/** The lines of all keys that are under way. */
async function linesInFlight(database: Database): Promise<Lines> {
  const lines = new Lines()
  const found = await database.rows(`SELECT DISTINCT tier, metric = ${CUSTOMERS} FROM in_flight`)
  const isThere = (tier: keyof typeof TIER, isOfCustomers: boolean) =>
    found.some(([number, ofCustomers]) => number === TIER[tier] && ofCustomers === isOfCustomers)
  for (const tier of ['live', 'minutes', ...GRANULARITIES] as const) {
    if (!isThere(tier, false)) continue
    await database.visit(linesOfTier(tier), (chunk) => {
      lines.add(chunk.getColumnValues(0) as string[])
    })
  }
  if (GRANULARITIES.some((tier) => isThere(tier, true))) lines.add(await bucketCustomerLines(database))
  if (isThere('minutes', true)) lines.add(await minuteCustomerLines(database))
  if (isThere('before', false)) lines.add(await lastDayLines(database))
  return lines
}

/** Takes note that the shipment that was read last has arrived. */
export async function markShipped(database: Database, { state, version }: Shipment): Promise<void> {
  const shipped = state.isWhole ? `, shipped = ${state.commit}` : ''
  await database.transaction(async () => {
    await database.run(`UPDATE shipping SET arrived = ${version}${shipped}`)
    await database.run('DELETE FROM in_flight')
  })
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

async function shippedState(
  database: Database,
  { commit, floors }: StoredState,
  from: Pick<ShippedState, 'instance' | 'version' | 'isWhole'>
): Promise<ShippedState> {
  const [row = []] = await database.rows(`
    SELECT now_ms, oldest_live_minute, counters, pending, (SELECT max_by(source_offset, generation) FROM positions)
    FROM commits`)
  const counters = new Float64Array(bytesOf(row[2]).buffer)
  return {
    ...from,
    commit,
    nowMs: row[0] === null ? null : Number(row[0]),
    oldestLiveMinute: Number(row[1]),
    floors,
    offset: Number(row[4] ?? 0),
    counts: countsOf(counters),
    waiting: waitingIn(bytesOf(row[3])),
    losses: lossesOf(counters)
  }
}

/** Lines that have been made. */
class Lines {
  readonly #parts: string[] = []
  count = 0

  add(lines: readonly string[]): void {
    this.#parts.push(lines.join(''))
    this.count += lines.length
  }

  text(): string {
    return this.#parts.join('')
  }
}

function linesOfTier(tier: 'live' | 'minutes' | Granularity): string {
  if (tier === 'live') return LIVE_LINES
  return tier === 'minutes' ? MINUTE_LINES : tierLines(tier)
}

/** The changed cells of minutes as lines, those that are gone with zeros. */
const LIVE_LINES = linesOf(TIER.live, minuteSums(TIER.live, 'AND cells.item = changed.item'))

/** Minutes in which something has changed, as lines. */
const MINUTE_LINES = linesOf(TIER.minutes, minuteSums(TIER.minutes, ''))

function minuteSums(tier: number, matching: string): string {
  return `
    SELECT changed.metric, changed.bucket, changed.item, coalesce(sum(cells.amount), 0) AS amount
    FROM in_flight AS changed LEFT JOIN live AS cells
    ON cells.minute = changed.bucket AND cells.metric = changed.metric ${matching}
    WHERE changed.tier = ${tier} AND changed.metric < ${CUSTOMERS} GROUP BY ALL`
}

/** The changed cells of a tier as lines, those that are gone with zeros. */
function tierLines(tier: Granularity): string {
  const amounts = METRIC_COLUMNS.map((column, metric) => `WHEN ${metric} THEN cells.${column}`)
  return linesOf(
    TIER[tier],
    `SELECT changed.metric, changed.bucket, changed.item,
       coalesce(sum(CASE changed.metric ${amounts.join(' ')} END), 0) AS amount
     FROM in_flight AS changed LEFT JOIN "${tier}" AS cells
     ON cells.bucket = changed.bucket AND cells.item = changed.item
     WHERE changed.tier = ${TIER[tier]} AND changed.metric < ${CUSTOMERS} GROUP BY ALL`
  )
}

function linesOf(tier: number, told: string): string {
  const kinds = [
    [NO_ITEM, 'none'],
    [OTHER_ITEM, 'folded'],
    [UNKNOWN_ITEMS, 'unknown']
  ] as const
  const kind =
    tier === TIER.minutes
      ? `'${KIND_ALL}'`
      : `CASE told.item ${kinds.map(([item, name]) => `WHEN ${item} THEN '${SHIPPED_KINDS.indexOf(name)}'`).join(' ')} ELSE '0' END`
  return `
    WITH told AS (${told})
    SELECT concat_ws(chr(9), '${tier}', told.metric::VARCHAR, told.bucket::VARCHAR, ${kind},
      coalesce(${escaped('items.item_id')}, ''), told.amount::VARCHAR, '[]') || chr(10)
    FROM told LEFT JOIN items ON items.number = told.item`
}

/** An id in tab-separated text. */
function escaped(id: string): string {
  const escapes = [
    [92, '\\\\'],
    [9, '\\t'],
    [10, '\\n'],
    [13, '\\r'],
    [0, '\\0']
  ] as const
  return escapes.reduce((text, [code, escape]) => `replace(${text}, chr(${code}), '${escape}')`, id)
}

/** Registers of the customers of each changed day, week and month. */
async function bucketCustomerLines(database: Database): Promise<string[]> {
  const stored = await database.rows(`
    SELECT keys.tier, keys.bucket, sketches.registers
    FROM in_flight AS keys JOIN sketches ON sketches.bucket = keys.bucket
    AND sketches.tier = CASE keys.tier ${GRANULARITIES.map((tier) => `WHEN ${TIER[tier]} THEN '${tier}'`).join(' ')} END
    WHERE keys.metric = ${CUSTOMERS}`)
  return stored.map(([tier, bucket, registers]) =>
    registersLine(Number(tier), Number(bucket), bytesOf(registers))
  )
}

/**
 * Registers of the customers of each changed minute: of those who were last seen in
 * it. Whoever was seen again is in a later one, and whatever trailing window has the
 * one has the other.
 */
async function minuteCustomerLines(database: Database): Promise<string[]> {
  const sketches = await minuteSketches(database)
  return [...sketches].map(([minute, registers]) => registersLine(TIER.minutes, minute, sparse(registers)))
}

/** The registers that have seen something, each as its number times RANKS and its rank: a minute has few of them. */
function sparse(registers: Uint8Array): readonly number[] {
  const seen: number[] = []
  for (const [register, rank] of registers.entries()) if (rank > 0) seen.push(register * RANKS + rank)
  return seen
}

async function minuteSketches(database: Database): Promise<ReadonlyMap<number, Uint8Array>> {
  const found = new Map<number, Uint8Array>()
  await database.visit(
    `SELECT minute, hash FROM customers WHERE minute IN (
       SELECT bucket FROM in_flight WHERE tier = ${TIER.minutes} AND metric = ${CUSTOMERS})`,
    (chunk) => {
      const [minutes, hashes] = [chunk.getColumnValues(0), chunk.getColumnValues(1)]
      for (const [row, minute] of minutes.entries()) {
        const registers = found.get(minute as number) ?? new Uint8Array(REGISTERS)
        addHash(registers, hashes[row] as bigint)
        found.set(minute as number, registers)
      }
    }
  )
  return found
}

function registersLine(tier: number, bucket: number, registers: Uint8Array | readonly number[]): string {
  return `${tier}\t${CUSTOMERS}\t${bucket}\t${KIND_ALL}\t\t0\t[${registers.join()}]\n`
}

/** Sums of the minutes before the live window. */
async function lastDayLines(database: Database): Promise<string[]> {
  const [row] = await database.rows('SELECT minutes FROM day_before')
  return leftMinutes(bytesOf(row?.[0])).flatMap(({ minute, sums }) =>
    METRICS.flatMap((_, metric) => {
      const sum = sums[metric] ?? 0n
      return sum === 0n ? [] : [`${TIER.before}\t${metric}\t${minute}\t${KIND_ALL}\t\t${sum}\t[]\n`]
    })
  )
}
