import { FootfallError } from '../base/errors.js'
import { MAX_SIMULATED } from '../base/limits.js'
import { MAX_TIMESTAMP_MS } from '../event/limits.js'
import { createLineWriter, lineText, type ShopLine } from './line.js'
import { PendingSessions, type Pending } from './pending.js'
import { createArrivals, PEAK } from './rhythm.js'
import { MEAN_SESSION_MS, MEAN_STEPS, openShop, planSession, type Session } from './session.js'

export interface ShopOptions {
  /** Lines to write: an integer from 0. */
  readonly events: number
  /** The same options with the same seed give the same bytes; an integer from 0 to 2^53 - 1. */
  readonly seed: number
  /** Items and customers there are: 1 to `MAX_SIMULATED`. */
  readonly items: number
  readonly customers: number
  /** First instant, epoch ms. */
  readonly startMs: number
  /** Length of the span over which the events spread; above 0, fractions allowed. */
  readonly hours: number
}

const HOUR_MS = 3_600_000
const CHUNK_LENGTH = 64 * 1024

/** Sessions end by themselves where arrivals stop this long before the end of the span, or an eighth of it before. */
const LAST_ARRIVAL_MS = MEAN_SESSION_MS
const LAST_ARRIVAL_PART = 1 / 8

/** Above this many sessions at a time they become shorter: memory does not grow with the number of events. */
const MAX_CONCURRENT = 65_536

/**
 * Simulates a shop: exactly `events` lines, sorted by time, all within
 * `[startMs, startMs + hours)`. Items are as popular as Zipf's law has it
 * (`sku_0` most), arrivals follow the time of day (UTC), and what a session
 * buys it has put into its cart before. Memory holds the items, the customers
 * and the sessions under way.
 *
 * @throws FootfallError `usage` for options out of range, at the first line
 */
export function* generateEvents(options: ShopOptions): Generator<ShopLine, void, undefined> {
  checkShopOptions(options)
  const { events } = options
  const shop = openShop(options)
  const write = createLineWriter(shop)
  const schedule = createSchedule(options)
  const pending = new PendingSessions()
  let planned = 0
  let upcoming: Pending | null = null
  for (let written = 0; written < events;) {
    if (upcoming === null && planned < events) {
      const part = (planned + shop.random.next()) / events
      upcoming = schedule(cutTo(planSession(shop), events - planned), part)
      planned += upcoming.session.steps.length
    }
    const first = pending.first
    if (upcoming !== null && (first === undefined || upcoming.nextMs <= first.nextMs)) {
      pending.add(upcoming)
      upcoming = null
      continue
    }
    if (first === undefined) throw new Error('events are planned, but no session is under way')
    const step = first.session.steps[first.step]
    if (step === undefined) throw new Error('a session under way has no next step')
    yield write(first.session, step, Math.floor(first.nextMs))
    written++
    moveOn(pending, first)
  }
}

/** The same as JSON Lines text in pieces of about 64 KiB of whole lines, each ending with a line feed. */
export function* generateChunks(options: ShopOptions): Generator<string, void, undefined> {
  let chunk = ''
  for (const line of generateEvents(options)) {
    chunk += `${lineText(line)}\n`
    if (chunk.length < CHUNK_LENGTH) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}

/** @throws FootfallError `usage` that names the option and its range */
export function checkShopOptions(options: ShopOptions): void {
  checkRange('events', options.events, 0, Number.MAX_SAFE_INTEGER)
  checkRange('seed', options.seed, 0, Number.MAX_SAFE_INTEGER)
  checkRange('items', options.items, 1, MAX_SIMULATED)
  checkRange('customers', options.customers, 1, MAX_SIMULATED)
  checkRange('start', options.startMs, 0, MAX_TIMESTAMP_MS)
  const spanMs = spanOf(options)
  if (!(spanMs >= 1 && options.startMs + spanMs <= MAX_TIMESTAMP_MS + 1)) {
    throw new FootfallError('usage', `hours must be above 0 and end by the year 9999, not ${options.hours}`)
  }
}

/** Whole ms; a product that rounding has left just below one counts as that one. */
function spanOf(options: ShopOptions): number {
  return Math.floor(options.hours * HOUR_MS + 1e-6)
}

function checkRange(name: string, count: number, low: number, high: number): void {
  if (Number.isInteger(count) && count >= low && count <= high) return
  throw new FootfallError('usage', `${name} must be an integer from ${low} to ${high}, not ${count}`)
}

/** Gives sessions their times: `part` of all events have come before, in [0, 1), rising from call to call. */
function createSchedule(options: ShopOptions): (session: Session, part: number) => Pending {
  const spanMs = spanOf(options)
  const endMs = options.startMs + spanMs
  const tailMs = Math.min(LAST_ARRIVAL_MS, Math.floor(spanMs * LAST_ARRIVAL_PART))
  const arrivalAt = createArrivals(options.startMs, endMs - tailMs)
  const concurrent = (options.events / MEAN_STEPS) * (MEAN_SESSION_MS / spanMs) * PEAK
  const usualScale = Math.min(1, MAX_CONCURRENT / concurrent)
  let number = 0
  return (session, part) => {
    const nextMs = arrivalAt(part)
    const durationMs = session.steps.reduce((sum, step) => sum + step.gapMs, 0)
    // A session that would go on after the span hurries.
    const scale = Math.min(usualScale, (endMs - 1 - nextMs) / Math.max(durationMs, 1))
    return { session, number: number++, scale, step: 0, nextMs }
  }
}

/** The last session ends where the events end; what is left of it is still in order. */
function cutTo(session: Session, count: number): Session {
  return session.steps.length <= count ? session : { ...session, steps: session.steps.slice(0, count) }
}

function moveOn(sessions: PendingSessions, first: Pending): void {
  first.step++
  const next = first.session.steps[first.step]
  if (next === undefined) {
    sessions.removeFirst()
  } else {
    first.nextMs += next.gapMs * first.scale
    sessions.firstMoved()
  }
}
