import { IDENTITY_MAPPING, type FieldMapping } from './mapping.js'
import { createLineParser } from './parse-line.js'
import { PRESETS, type PresetName } from './presets.js'

/** How many lines of a source are looked at, blank ones not counted. */
const DETECTED_LINES = 100

/** Keys that are told of lines that fit nothing. */
const MOST_KEYS = 12

/** What the first lines of a source look like. */
export type Detection =
  /** There is no whole line. */
  | { readonly kind: 'empty' }
  /** Line `line`, from 1 on, is the first that is an event of a known format, and of this one. */
  | { readonly kind: 'found'; readonly preset: PresetName; readonly line: number }
  /** Line `line` is an event of several formats. */
  | { readonly kind: 'ambiguous'; readonly presets: readonly PresetName[]; readonly line: number }
  /** No line of so many is an event of a known format. `keys`: those of the first object among them. */
  | { readonly kind: 'unknown'; readonly lines: number; readonly keys: readonly string[] }

/** The presets of one format each, footfall's own before all; `aliases` takes what none of them does. */
const SPECIFIC = (Object.keys(PRESETS) as PresetName[]).filter((name) => name !== 'aliases')

/**
 * Says from a source's first bytes which format its lines have: the first line
 * that is an event by footfall's own names or by one preset decides. So what is
 * appended later does not change a decision. Where there is no such line,
 * common names are tried.
 *
 * @param head the source from its byte 0 on
 * @param isWhole whether `head` is all of a source that does not grow: then text
 *   behind the last line feed is a line
 */
export function detectFormat(head: Buffer, isWhole: boolean): Detection {
  const lines = linesOf(head, isWhole)
  if (lines.length === 0) return { kind: 'empty' }
  const own = parserOf(IDENTITY_MAPPING)
  const others = SPECIFIC.filter((name) => name !== 'footfall').map(
    (name) => [name, parserOf(PRESETS[name])] as const
  )
  for (const { number, bytes: line } of lines) {
    // footfall's own lines are footfall's, whatever else they may be.
    if (own(line)) return { kind: 'found', preset: 'footfall', line: number }
    const presets = others.flatMap(([name, accepts]) => (accepts(line) ? [name] : []))
    const [preset] = presets
    if (preset === undefined) continue
    if (presets.length > 1) return { kind: 'ambiguous', presets, line: number }
    return { kind: 'found', preset, line: number }
  }
  const isCommon = parserOf(PRESETS.aliases)
  const common = lines.find(({ bytes }) => isCommon(bytes))
  if (common !== undefined) return { kind: 'found', preset: 'aliases', line: common.number }
  return { kind: 'unknown', lines: lines.length, keys: keysOf(lines) }
}

/** Whether a line is an event by a mapping. Which currency does not matter: none changes what is a price. */
function parserOf(mapping: FieldMapping): (line: Buffer) => boolean {
  const parse = createLineParser({ minorDigits: 2, mapping })
  return (line) => parse(line).outcome === 'accepted'
}

const LINE_FEED = 10
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** A line that is not blank. */
interface Line {
  /** From 1 on, blank ones counted. */
  readonly number: number
  readonly bytes: Buffer
}

function linesOf(head: Buffer, isWhole: boolean): Line[] {
  const lines: Line[] = []
  let number = 0
  let at = head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  while (at < head.length && lines.length < DETECTED_LINES) {
    const feed = head.indexOf(LINE_FEED, at)
    if (feed < 0 && !isWhole) break
    const end = feed < 0 ? head.length : feed
    const line = head.subarray(at, end)
    number++
    if (line.some((byte) => byte !== 32 && byte !== 9 && byte !== 13)) lines.push({ number, bytes: line })
    at = end + 1
  }
  return lines
}

/** The keys of the first line that is an object; none where there is none. */
function keysOf(lines: readonly Line[]): string[] {
  for (const { bytes } of lines) {
    try {
      const value: unknown = JSON.parse(bytes.toString())
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        const keys = Object.keys(value)
        return keys.length > MOST_KEYS ? [...keys.slice(0, MOST_KEYS), '…'] : keys
      }
    } catch {
      // No JSON, no keys: that is an answer too.
    }
  }
  return []
}
