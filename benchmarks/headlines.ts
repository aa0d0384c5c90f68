import { createHash } from 'node:crypto'

/** The three lists that every contestant makes. Windows are whole minutes up to the greatest event time. */
export const HEADLINES = [
  { member: 'most_viewed', eventType: 'page_visit', windowMinutes: 60 },
  { member: 'most_carted', eventType: 'add_to_cart', windowMinutes: 1440 },
  { member: 'top_grossing', eventType: 'purchase', windowMinutes: 1440 }
] as const

export type HeadlineMember = (typeof HEADLINES)[number]['member']

/** Rows of a list, best first: at most this many. */
export const ROWS = 10

/** item_id, and a count or cents. */
export type HeadlineRow = readonly [string, number]
export type Headlines = Readonly<Record<HeadlineMember, readonly HeadlineRow[]>>

/** Throws an Error that names the first row in which two contestants differ. */
export function checkSameHeadlines(
  name: string,
  found: Headlines,
  wantedOf: string,
  wanted: Headlines
): void {
  for (const { member } of HEADLINES) {
    for (let place = 0; place < Math.max(found[member].length, wanted[member].length); place++) {
      const here = JSON.stringify(found[member][place] ?? null)
      const there = JSON.stringify(wanted[member][place] ?? null)
      if (here === there) continue
      throw new Error(`${member} differs at row ${place}: ${name} has ${here}, ${wantedOf} has ${there}`)
    }
  }
}

/** A short fingerprint of the lists: the same wherever and however often the same input is counted. */
export function digestOf(headlines: Headlines): string {
  const text = JSON.stringify(HEADLINES.map(({ member }) => headlines[member]))
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
