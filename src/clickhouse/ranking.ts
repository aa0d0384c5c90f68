import { SHIPPED_KINDS } from '../history/shipment.js'
import type { Collectors } from './collectors.js'
import type { Answer } from './connection.js'
import { latestCells, OWN_COLUMNS, OWN_COUNT, roomForOwn, type AsShipped, type Scanner } from './scan.js'

/** Items by what they have in a stretch, beside what they had in the one before. */
export interface RankedCells {
  /** Which cells, of both stretches, as SQL. */
  readonly where: string
  /** Which of them are of the stretch itself, as SQL; null: there is none before. */
  readonly isNow: string | null
  readonly limit: number
}

export interface RankedItem {
  readonly itemId: string
  readonly value: bigint
  readonly previous: bigint
  /** From 1; null: it had nothing. */
  readonly previousRank: number | null
}

export interface RankedItems {
  /** By value, greatest first, then by the bytes of the id; values above 0. */
  readonly rows: readonly RankedItem[]
  /** Items with a value above 0. */
  readonly items: number
  /** Of all, "no item" and those that are not told apart included. */
  readonly sum: bigint
  /** Of those that are not told apart. */
  readonly other: bigint
  readonly otherBefore: bigint
}

/** Kinds of rows besides items. */
const SPECIAL_KINDS = SHIPPED_KINDS.length - 1

/** Ranks items. Rejects as `Scanner.ask` does. */
export function rank(
  scanner: Scanner,
  make: (collectors: Collectors) => RankedCells
): Promise<AsShipped<RankedItems>> {
  let asked: RankedCells
  return scanner.ask(
    (collectors) => {
      asked = make(collectors)
      const rows = asked.limit + SPECIAL_KINDS + roomForOwn(collectors)
      return asked.isNow === null ? plain(asked, rows) : compared(asked, asked.isNow, rows)
    },
    (rows, answer) => read(rows, answer, asked)
  )
}

/** What are no items come first in an answer, then items by their value. */
const ORDER = 'own DESC, kind = 0, value DESC, name'

/**
 * ```
 * own  kind  name  state  value
 * ```
 */
function plain({ where }: RankedCells, limit: number): string {
  return `
    SELECT ${OWN_COLUMNS}, any(state) AS told, sum(amount) AS value
    FROM ${latestCells(where)} GROUP BY own, kind, name WITH TOTALS HAVING own OR value > 0
    ORDER BY ${ORDER} LIMIT ${limit}`
}

/**
 * ```
 * own  kind  name  state  value  previous  place     counted
 *                                          before    1: an item with a value
 * ```
 *
 * Places before are row numbers of what is sorted by `previous`, items first.
 */
function compared({ where }: RankedCells, isNow: string, limit: number): string {
  const grouped = `
    SELECT ${OWN_COLUMNS}, any(state) AS told, sumIf(amount, ${isNow}) AS now, sumIf(amount, NOT (${isNow})) AS before
    FROM ${latestCells(where)} GROUP BY own, kind, name HAVING own OR now > 0 OR before > 0`
  const placed = `
    SELECT *, rowNumberInAllBlocks() AS row FROM (${grouped} ORDER BY own, kind, before DESC, name)`
  return `
    SELECT own, kind, name, any(told), sum(now) AS value, sum(before) AS previous, max(row) AS place,
      sum(kind = 0 AND now > 0 AND NOT own) AS counted
    FROM (${placed}) GROUP BY own, kind, name WITH TOTALS ORDER BY ${ORDER} LIMIT ${limit}`
}

function read(
  rows: readonly (readonly unknown[])[],
  { totals, beforeLimit }: Answer,
  { isNow, limit }: RankedCells
): RankedItems {
  const [sum = 0, , , counted] = (totals ?? []).slice(OWN_COUNT)
  const amounts = (kinds: readonly number[], column: number) =>
    rows
      .filter(([, kind]) => kinds.includes(Number(kind)))
      .reduce((total, row) => total + (column < row.length ? BigInt(String(row[column])) : 0n), 0n)
  const items = rows.filter(([, kind]) => Number(kind) === 0)
  const ranked = items
    .filter(([, , , , value]) => String(value) !== '0')
    .map(([, , name, , value, previous = 0, place]) => ({
      itemId: String(name),
      value: BigInt(String(value)),
      previous: BigInt(String(previous)),
      previousRank: String(previous) === '0' ? null : Number(place) + 1
    }))
  return {
    rows: ranked.slice(0, limit),
    // Whatever is no item is among the rows.
    items: isNow === null ? beforeLimit - (rows.length - items.length) : Number(counted),
    sum: BigInt(String(sum)),
    other: amounts(NOT_TOLD_APART, OWN_COUNT),
    otherBefore: amounts(NOT_TOLD_APART, OWN_COUNT + 1)
  }
}

const NOT_TOLD_APART = [SHIPPED_KINDS.indexOf('folded'), SHIPPED_KINDS.indexOf('unknown')]
