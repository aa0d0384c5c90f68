import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { HEADLINES, ROWS, type HeadlineMember, type HeadlineRow } from '../headlines.js'
import { printAnswer } from './answer.js'

/**
 * The three lists as one would write them first: `read-lines.js FILE`. One
 * thread, `readline` and `JSON.parse`, a Map of items for each minute. It takes
 * every line for well-formed and counts cents as floating point rounded once
 * an event.
 */
interface Line {
  readonly event_type: string
  readonly timestamp: string
  readonly item_id?: string
  readonly price?: number
  readonly quantity?: number
}

const MINUTE_MS = 60_000

const [file = ''] = process.argv.slice(2)
const begun = performance.now()
const minutesOf = new Map<string, Map<number, Map<string, number>>>(
  HEADLINES.map(({ eventType }) => [eventType, new Map()])
)
let lastMinute = 0

const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
lines.on('line', count)
lines.on('close', () => {
  printAnswer(
    Object.fromEntries(
      HEADLINES.map(({ member, eventType, windowMinutes }) => [member, rank(eventType, windowMinutes)])
    ) as Record<HeadlineMember, HeadlineRow[]>,
    begun
  )
})

function count(text: string): void {
  const line = JSON.parse(text) as Line
  const minute = Math.floor(Date.parse(line.timestamp) / MINUTE_MS)
  if (minute > lastMinute) lastMinute = minute
  const minutes = minutesOf.get(line.event_type)
  const amount =
    line.event_type === 'purchase' ? Math.round((line.price ?? 0) * 100) * (line.quantity ?? 1) : 1
  if (minutes === undefined || line.item_id === undefined || amount === 0) return
  let items = minutes.get(minute)
  if (items === undefined) minutes.set(minute, (items = new Map<string, number>()))
  items.set(line.item_id, (items.get(line.item_id) ?? 0) + amount)
}

function rank(eventType: string, windowMinutes: number): HeadlineRow[] {
  const totals = new Map<string, number>()
  for (const [minute, items] of minutesOf.get(eventType) ?? []) {
    if (minute <= lastMinute - windowMinutes) continue
    for (const [item, amount] of items) totals.set(item, (totals.get(item) ?? 0) + amount)
  }
  return [...totals]
    .sort(([a, x], [b, y]) => y - x || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, ROWS)
}
