import { bytesOf, type Database, marked, markedText } from './database.js'
import type { ActiveCustomers, LiveCells } from '../store/changes.js'
import type { LastCommit, SourcePosition } from '../store/commit.js'

/** Reads the state at the last commit; null when there is none. */
export async function readRestored(database: Database): Promise<LastCommit | null> {
  const [commit] = await database.rows('SELECT number, now_ms, counters, pending FROM commits')
  if (commit === undefined) return null
  const [number, nowMs, counters, pending] = commit
  return {
    commit: Number(number),
    nowMs: nowMs === null ? null : Number(nowMs),
    counters: new Float64Array(bytesOf(counters).buffer),
    pending: bytesOf(pending),
    cells: await readCells(database),
    items: await readItems(database),
    customers: await readCustomers(database),
    dayBefore: await readDayBefore(database),
    sources: await readSources(database)
  }
}

async function readCells(database: Database): Promise<LiveCells> {
  const count = await countOf(database, 'live')
  const cells = {
    minutes: new Int32Array(count),
    metrics: new Uint8Array(count),
    items: new Uint32Array(count),
    amounts: new BigUint64Array(count)
  }
  const columns = [cells.minutes, cells.metrics, cells.items, cells.amounts]
  await database.read('SELECT minute, metric, item, amount FROM live', columns)
  return cells
}

async function readCustomers(database: Database): Promise<ActiveCustomers> {
  const [[count] = []] = await database.rows('SELECT count(DISTINCT hash) FROM customers')
  const customers = {
    hashes: new BigUint64Array(Number(count)),
    minutes: new Int32Array(Number(count))
  }
  const columns = [customers.hashes, customers.minutes]
  await database.read('SELECT hash, max(minute) FROM customers GROUP BY hash', columns)
  return customers
}

async function readDayBefore(database: Database): Promise<Uint8Array | null> {
  const [[minutes] = []] = await database.rows('SELECT minutes FROM day_before')
  return minutes === undefined ? null : bytesOf(minutes)
}

async function readItems(database: Database): Promise<readonly string[]> {
  const items = new Array<string>(await countOf(database, 'items'))
  await database.visit(`SELECT number, ${marked('item_id')} FROM items`, (chunk) => {
    const [numbers, ids] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
    const { rowCount } = chunk
    for (let row = 0; row < rowCount; row++) {
      items[Number(numbers.getItem(row)) - 1] = markedText(ids.getItem(row))
    }
  })
  return items
}

async function readSources(database: Database): Promise<readonly SourcePosition[]> {
  const rows = await database.rows(`
    SELECT name, device, inode, head, tail_bytes, tail_hash, source_offset, generation
    FROM positions ORDER BY commit_number`)
  return rows.map(([name, device, inode, head, tailBytes, tailHash, offset, generation]): SourcePosition => ({
    name: String(name),
    device: String(device),
    inode: String(inode),
    head: bytesOf(head),
    tailBytes: Number(tailBytes),
    tailHash: String(tailHash),
    offset: Number(offset),
    generation: Number(generation)
  }))
}

async function countOf(database: Database, table: string): Promise<number> {
  const [[count] = []] = await database.rows(`SELECT count(*) FROM ${table}`)
  return Number(count)
}
