import { availableParallelism } from 'node:os'
import { InvalidArgumentError, type Command, type Option } from 'commander'
import { parseCurrency, type Currency } from '../base/currency.js'
import {
  DEFAULT_CHUNK_BYTES,
  DEFAULT_COMMIT_SECONDS,
  DEFAULT_DEAD_LETTERS_BYTES,
  DEFAULT_KEEP_DAYS,
  DEFAULT_KEEP_WEEKS,
  DEFAULT_MEMORY_BYTES,
  MAX_COMMIT_SECONDS,
  MAX_CHUNK_BYTES,
  MAX_DEAD_LETTERS_BYTES,
  MAX_MEMORY_BYTES,
  MAX_WORKERS,
  MIN_CHUNK_BYTES,
  MIN_DEAD_LETTERS_BYTES,
  MIN_MEMORY_BYTES,
  MOST_DEFAULT_WORKERS,
  OLD_DEAD_LETTER_FILES,
  SHIPPED_COMMIT_SECONDS
} from '../base/limits.js'
import { isTimeZone } from '../base/time-zone.js'
import { PRESETS, type PresetName } from '../event/presets.js'
import { parseTimestamp } from '../event/timestamp.js'
import { formatBytes, parseMemory } from '../store/budget.js'
import { nearest } from './nearest.js'
import { addShippingOptions } from './shipping-options.js'
import { option } from './option.js'

/** The options that every command which processes events has. */
export interface ProcessingOptions {
  readonly workers: number
  readonly clock: 'event' | 'wall'
  readonly currency: Currency
  readonly speed: number | null
  /** Ms. */
  readonly maxGap?: number
  readonly map: readonly string[]
  readonly preset?: PresetName
  readonly dataDir?: string
  readonly ephemeral?: boolean
  /** Seconds. */
  readonly commitInterval?: number
  /** ClickHouse's, to which commits are shipped. */
  readonly clickhouse?: string
  /** The name under which they are. */
  readonly collector?: string
  readonly timeZone: string
  readonly keepDays: number
  readonly keepWeeks: number
  readonly maxItemsPerBucket?: number
  /** Bytes. */
  readonly deadLettersSize: number
  readonly chunkSize: number
  /** What the process may take; bytes. */
  readonly memory: number
}

export { option } from './option.js'

/** Where `serve` keeps the history when nothing else is said. */
export const DEFAULT_DATA_DIR = '.footfall'

export function addProcessingOptions(command: Command): Command {
  return addShippingOptions(addResourceOptions(addHistoryOptions(addEventOptions(command))))
}

function addEventOptions(command: Command): Command {
  return command
    .optionsGroup('Events:')
    .addOption(
      choice(
        '--preset <name>',
        'the format of the lines; by default as the first lines of a file show',
        Object.keys(PRESETS)
      )
    )
    .addOption(
      option(
        '--map <field=name>',
        'where a field is (sku, order.sku, lines[].sku), or the value that means an event type; repeatable, the first that a line has counts; in FOOTFALL_MAP separated by commas'
      )
        .argParser(collect)
        .default([], 'none')
    )
    .addOption(currencyOption())
    .addOption(
      choice('--clock <mode>', 'what now is: the greatest event time, or the machine’s clock', [
        'event',
        'wall'
      ]).default('event')
    )
    .addOption(
      option('--speed <speed>', 'max, or event time against real time: 1x, 60x')
        .argParser(speed)
        .default(null, 'max')
    )
    .addOption(
      option(
        '--max-gap <duration>',
        'with --speed: the longest silence of events that is played, as 30s or 5m'
      ).argParser(duration)
    )
}

function addResourceOptions(command: Command): Command {
  return command
    .optionsGroup('Resources:')
    .addOption(
      whole('--workers <n>', 'threads that parse and count', 1, MAX_WORKERS).default(
        Math.min(availableParallelism(), MOST_DEFAULT_WORKERS),
        `the cores, at most ${MOST_DEFAULT_WORKERS}`
      )
    )
    .addOption(
      option('--memory <size>', 'what the process may take, up to 8G; what is beyond it is told coarser')
        .argParser(memory)
        .default(DEFAULT_MEMORY_BYTES, '2G')
    )
    .addOption(
      whole(
        '--chunk-size <bytes>',
        'how much is read at once; results do not depend on it',
        MIN_CHUNK_BYTES,
        MAX_CHUNK_BYTES
      ).default(DEFAULT_CHUNK_BYTES)
    )
}

/** What all machines of a shop have in common. */
export function addShopOptions(command: Command): Command {
  return command.addOption(timeZoneOption()).addOption(currencyOption())
}

function currencyOption(): Option {
  return option('--currency <code>', 'ISO 4217 code of the prices')
    .argParser(currency)
    .default({ code: 'USD', minorDigits: 2 } satisfies Currency, 'USD')
}

function timeZoneOption(): Option {
  return option('--time-zone <name>', 'IANA time zone of days, weeks and months; fixed for a data directory')
    .argParser(timeZone)
    .default('UTC')
}

function addHistoryOptions(command: Command): Command {
  return command
    .optionsGroup('History and dead letters:')
    .addOption(
      option('--data-dir <dir>', 'where the history and dead letters are kept (serve: .footfall by default)')
    )
    .addOption(option('--ephemeral', 'write nothing to disk, whatever --data-dir says'))
    .addOption(
      whole(
        '--dead-letters-size <bytes>',
        `how long the dead-letter file may get; ${OLD_DEAD_LETTER_FILES} old ones are kept beside it`,
        MIN_DEAD_LETTERS_BYTES,
        MAX_DEAD_LETTERS_BYTES
      ).default(DEFAULT_DEAD_LETTERS_BYTES)
    )
    .addOption(
      option(
        '--commit-interval <seconds>',
        `how often the history is brought up to date (default: ${DEFAULT_COMMIT_SECONDS}, with --clickhouse ${SHIPPED_COMMIT_SECONDS})`
      ).argParser(commitSeconds)
    )
    .addOption(timeZoneOption())
    .addOption(
      whole('--keep-days <n>', 'how many days are kept one by one', 1, 1_000_000).default(DEFAULT_KEEP_DAYS)
    )
    .addOption(
      whole(
        '--keep-weeks <n>',
        'how many weeks are kept one by one; months are kept for ever',
        1,
        150_000
      ).default(DEFAULT_KEEP_WEEKS)
    )
    .addOption(
      whole(
        '--max-items-per-bucket <n>',
        'items of a past day, week or month beyond which the least are kept as (other) (default: all are kept)',
        1,
        1_000_000_000
      )
    )
}

/** An option whose value is one of a few words; of another one it says which was most likely meant. */
export function choice(flags: string, description: string, choices: readonly string[]): Option {
  const made = option(flags, description).choices(choices)
  return made.argParser((text: string) => {
    if (choices.includes(text)) return text
    const meant = nearest(text, choices)
    const hint = meant === null ? '' : ` Did you mean ${meant}?`
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.${hint}`)
  })
}

/** An option whose value is a whole number within [least, most], which its description says. */
export function whole(flags: string, description: string, least: number, most: number): Option {
  return option(flags, `${description}; ${least} to ${most}`).argParser(integer(least, most))
}

/** A parser of whole numbers within [least, most]. */
export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** A parser of decimal numbers above 0. */
export function positive(text: string): number {
  const value = /^\d{1,12}(\.\d{1,6})?$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw new InvalidArgumentError('It must be a number above 0.')
}

/** A parser of RFC 3339 timestamps, to epoch ms. */
export function instant(text: string): number {
  const ms = parseTimestamp(text)
  if (ms !== null) return ms
  throw new InvalidArgumentError('It must be an RFC 3339 timestamp, as 2026-01-01T00:00:00Z.')
}

function speed(text: string): number | null {
  if (text === 'max') return null
  const factor = /^(\d{1,9}(?:\.\d{1,3})?)x$/.exec(text)?.[1]
  if (factor !== undefined && Number(factor) > 0) return Number(factor)
  throw new InvalidArgumentError('It must be max, or a factor as 1x or 60x.')
}

/** A duration above 0, to ms. */
function duration(text: string): number {
  const [, amount = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? []
  const ms = Number(amount) * (UNIT_MS[unit] ?? 0)
  if (ms > 0) return ms
  throw new InvalidArgumentError('It must be a duration, as 500ms, 30s, 5m or 1h.')
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function commitSeconds(text: string): number {
  const seconds = positive(text)
  if (seconds >= 0.001 && seconds <= MAX_COMMIT_SECONDS) return seconds
  throw new InvalidArgumentError(`It must be 0.001 to ${MAX_COMMIT_SECONDS} seconds.`)
}

function memory(text: string): number {
  const bytes = parseMemory(text)
  if (bytes !== null) return bytes
  const [least, most] = [formatBytes(MIN_MEMORY_BYTES), formatBytes(MAX_MEMORY_BYTES)]
  throw new InvalidArgumentError(`It must be a size as 512M or 2G, from ${least} to ${most}.`)
}

function timeZone(text: string): string {
  if (isTimeZone(text)) return text
  throw new InvalidArgumentError('It must be an IANA time zone, as Europe/Berlin.')
}

function currency(text: string): Currency {
  const found = parseCurrency(text)
  if (found !== null) return found
  throw new InvalidArgumentError('It must be an ISO 4217 code, as USD.')
}

/** A repeatable option; its values may also be separated by commas, as they are in the environment. */
function collect(text: string, earlier: readonly string[]): readonly string[] {
  const parts = text.split(',')
  // On the command line a name may have a comma in it.
  const isList = text === process.env['FOOTFALL_MAP'] || parts.every((part) => part.includes('='))
  return [...earlier, ...(isList ? parts : [text])]
}
