import { GRANULARITIES, type Granularity } from '../base/civil-date.js'
import type { Database } from './database.js'
import { OTHER_ITEM } from './history.js'
import { compactUnshipped, isShipping, noteCells, unshippedKeys } from './outbox.js'
import { IS_ITEM, SUMS, SUMS_FIT } from './schema.js'
import { isSealed } from './buckets.js'

/** A tier is looked through for rows to add up once this many were appended, or as many as it had. */
const MIN_APPENDED_ROWS = 20_000

/** The outbox is looked through for keys that it has twice once it has this many, or twice as many as it had then. */
const MIN_UNSHIPPED_KEYS = 100_000

/** Buckets are added up when they have this many rows for each that would remain. */
const WORTHWHILE_RATIO = 1.5

/** Distinct items are estimated first, which is eight times as fast as counting, and off by less than this. */
const ESTIMATE_SLACK = 1.25

/** Buckets that are looked through in one go: about a month of days. */
const SLICE_BUCKETS = 32

/** Place in the ranking by which the tail of a bucket is told; the number decides between equals. */
const BY_WORTH = ['revenue', 'purchases', 'views'].map((name) => `"${name}" DESC`).join(', ')

export interface AgeingOptions {
  readonly maxItemsPerBucket: number | null
}

/**
 * Keeps the additive tables short: rows of the same bucket and item become
 * their sum, the tail of a sealed bucket becomes `(other)`, and of a
 * customer's minutes the last one stays. No answer changes by it but the
 * ranking of a folded tail.
 *
 * It remembers which buckets were written to, so that asking whether there is
 * anything to do costs nothing. After an opening that is not known: then every
 * bucket is looked through once, a slice at a time.
 */
export class Ageing {
  readonly #database: Database
  readonly #options: AgeingOptions
  readonly #onRewritten: (tier: Granularity, buckets: readonly number[]) => void
  readonly #tiers: Record<Granularity, TierLedger>
  /** First days of the buckets that a new opening has not looked through yet; null before it has listed them. */
  #unseen: { tier: Granularity; buckets: readonly number[] }[] | null = null
  #customerRows: number | null = null
  #customersAppended = 0
  #sealedBefore: number | null = null
  /** Keys of the outbox when it was last looked through. */
  #unshippedKeys = 0

  /** @param onRewritten told of buckets whose rows were replaced */
  constructor(
    database: Database,
    options: AgeingOptions,
    onRewritten: (tier: Granularity, buckets: readonly number[]) => void
  ) {
    this.#database = database
    this.#options = options
    this.#onRewritten = onRewritten
    const ledger = (): TierLedger => ({ touched: new Set(), appended: 0, base: 0 })
    this.#tiers = { day: ledger(), week: ledger(), month: ledger() }
  }

  /** Takes note of buckets that a stored commit has added rows to. */
  noteDays(tier: Granularity, buckets: Iterable<number>, rows: number): void {
    const ledger = this.#tiers[tier]
    ledger.appended += rows
    for (const bucket of buckets) ledger.touched.add(bucket)
  }

  noteCustomers(rows: number): void {
    this.#customersAppended += rows
  }

  /** Takes note that buckets which end at or before a day are sealed. */
  noteSealed(oldestLiveDay: number): void {
    this.#sealedBefore = oldestLiveDay
  }

  /**
   * Does one piece of what is due, each in a transaction of its own and a
   * matter of some hundred milliseconds at most. Returns whether there may be more.
   */
  async step(): Promise<boolean> {
    this.#unseen ??= await this.#listBuckets()
    const slice = this.#unseen.shift()
    if (slice !== undefined) {
      await this.#lookThrough(slice.tier, slice.buckets)
      return true
    }
    for (const tier of GRANULARITIES) {
      const ledger = this.#tiers[tier]
      const touched = [...ledger.touched].sort((a, b) => a - b)
      const sealed = touched.filter((bucket) => this.#isSealed(tier, bucket))
      const folds = this.#options.maxItemsPerBucket !== null && sealed.length > 0
      if (!folds && ledger.appended < Math.max(MIN_APPENDED_ROWS, ledger.base)) continue
      if (sealed.length > SLICE_BUCKETS) {
        await this.#lookThrough(tier, sealed.slice(0, SLICE_BUCKETS))
        return true
      }
      ledger.base = await this.#lookThrough(tier, touched)
      ledger.appended = 0
      return true
    }
    return (await this.#compactCustomers()) || (await this.#compactUnshipped())
  }

  #isSealed(tier: Granularity, bucket: number): boolean {
    return isSealed(tier, bucket, this.#sealedBefore)
  }

  async #listBuckets(): Promise<{ tier: Granularity; buckets: readonly number[] }[]> {
    const slices = []
    for (const tier of GRANULARITIES) {
      const rows = await this.#database.rows(`SELECT DISTINCT bucket FROM "${tier}" ORDER BY bucket`)
      const buckets = rows.map(([bucket]) => Number(bucket))
      for (let from = 0; from < buckets.length; from += SLICE_BUCKETS) {
        slices.push({ tier, buckets: buckets.slice(from, from + SLICE_BUCKETS) })
      }
    }
    return slices
  }

  /** Compacts buckets and remembers those that are still open. */
  async #lookThrough(tier: Granularity, buckets: readonly number[]): Promise<number> {
    const rows = await this.#compact(tier, buckets)
    const { touched } = this.#tiers[tier]
    for (const bucket of buckets) {
      if (this.#isSealed(tier, bucket)) touched.delete(bucket)
      else touched.add(bucket)
    }
    return rows
  }

  /** Adds up those of some buckets where it pays, and folds those with too many items; returns their rows. */
  async #compact(tier: Granularity, buckets: readonly number[]): Promise<number> {
    if (buckets.length === 0) return 0
    const found = await this.#database.rows(`
      SELECT bucket, count(*), approx_count_distinct(item) FROM "${tier}"
      WHERE bucket IN (${buckets.join()}) GROUP BY bucket HAVING ${SUMS_FIT}`)
    const tooMany = await this.#withTooMany(
      tier,
      found.map(([bucket, , distinct]) => ({ bucket: Number(bucket), items: Number(distinct) }))
    )
    const worthwhile = found.flatMap(([bucket, rows, distinct]) =>
      Number(rows) >= WORTHWHILE_RATIO * Number(distinct) && !tooMany.includes(Number(bucket))
        ? [Number(bucket)]
        : []
    )
    if (worthwhile.length > 0) await this.#replace(tier, worthwhile, null)
    if (tooMany.length > 0) await this.#replace(tier, tooMany, this.#options.maxItemsPerBucket)
    return found.reduce((sum, [, , distinct]) => sum + Number(distinct), 0)
  }

  /** Those of some sealed buckets that have more items than are kept; counted only where the estimate is near. */
  async #withTooMany(
    tier: Granularity,
    estimates: readonly { readonly bucket: number; readonly items: number }[]
  ): Promise<readonly number[]> {
    const { maxItemsPerBucket } = this.#options
    if (maxItemsPerBucket === null) return []
    const near = estimates
      .filter(
        ({ bucket, items }) => this.#isSealed(tier, bucket) && ESTIMATE_SLACK * items > maxItemsPerBucket
      )
      .map(({ bucket }) => bucket)
    if (near.length === 0) return []
    const rows = await this.#database.rows(`
      SELECT bucket FROM "${tier}" WHERE bucket IN (${near.join()}) AND ${IS_ITEM}
      GROUP BY bucket HAVING count(DISTINCT item) > ${maxItemsPerBucket}`)
    return rows.map(([bucket]) => Number(bucket))
  }

  /** Replaces the rows of buckets by one of each item; beyond `maxItems` items by one of them all. */
  async #replace(tier: Granularity, buckets: readonly number[], maxItems: number | null): Promise<void> {
    const list = buckets.join()
    await this.#database.transaction(async () => {
      await this.#database.run(`
        CREATE OR REPLACE TEMP TABLE summed AS
        SELECT bucket, item, ${SUMS} FROM "${tier}" WHERE bucket IN (${list}) GROUP BY bucket, item`)
      const isFolding = maxItems !== null && (await isShipping(this.#database))
      const cells = `SELECT * FROM "${tier}" WHERE bucket IN (${list})`
      if (isFolding) await noteCells(this.#database, tier, cells)
      await this.#database.run(`DELETE FROM "${tier}" WHERE bucket IN (${list})`)
      const from =
        maxItems === null
          ? 'SELECT * FROM summed'
          : `SELECT bucket, CASE WHEN place > ${maxItems} THEN ${OTHER_ITEM} ELSE item END AS item, ${SUMS}
             FROM (${placed('summed')}) GROUP BY ALL`
      await this.#database.run(`INSERT INTO "${tier}" ${from} ORDER BY bucket, item`)
      if (isFolding) await noteCells(this.#database, tier, cells)
      await this.#database.run('DROP TABLE summed')
    })
    this.#onRewritten(tier, buckets)
  }

  async #compactUnshipped(): Promise<boolean> {
    if ((await unshippedKeys(this.#database)) < Math.max(MIN_UNSHIPPED_KEYS, 2 * this.#unshippedKeys))
      return false
    this.#unshippedKeys = await compactUnshipped(this.#database)
    return true
  }

  async #compactCustomers(): Promise<boolean> {
    if (this.#customerRows === null) {
      const [[rows] = []] = await this.#database.rows('SELECT count(*) FROM customers')
      this.#customerRows = 0
      this.#customersAppended = Number(rows)
    }
    if (this.#customersAppended < Math.max(MIN_APPENDED_ROWS, this.#customerRows)) return false
    await this.#database.transaction(async () => {
      await this.#database.run(`
        CREATE OR REPLACE TEMP TABLE latest AS SELECT hash, max(minute) AS minute FROM customers GROUP BY hash`)
      await this.#database.run('DELETE FROM customers')
      this.#customerRows = await this.#database.run('INSERT INTO customers SELECT * FROM latest')
      await this.#database.run('DROP TABLE latest')
    })
    this.#customersAppended = 0
    return true
  }
}

interface TierLedger {
  /** First days of the buckets written to since they were last looked through, and of those still open. */
  readonly touched: Set<number>
  /** Rows appended since. */
  appended: number
  /** Rows that the buckets looked through last had then. */
  base: number
}

/** Rows with their place among the items of their bucket; "no item" and `(other)` have place 0 and stay. */
function placed(table: string): string {
  return `
    SELECT *, CASE WHEN ${IS_ITEM}
      THEN row_number() OVER (PARTITION BY bucket, ${IS_ITEM} ORDER BY ${BY_WORTH}, item) ELSE 0 END AS place
    FROM ${table}`
}
