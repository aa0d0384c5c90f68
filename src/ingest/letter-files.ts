import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from 'node:fs'
import { OLD_DEAD_LETTER_FILES } from '../base/limits.js'
import { REJECTION_REASONS } from '../event/event.js'
import type { RejectedLine } from './messages.js'

/**
 * The files of dead letters: the present one, and old ones beside it, the newest first.
 *
 *     dead-letters.jsonl ─► dead-letters.jsonl.1 ─► .2 ─► .3 ─► gone
 *
 * Each step is a rename, from the oldest on: who is killed between two of them
 * leaves a gap, which the next rotation fills, and loses nothing.
 */

/** The names of the old files, the newest first. */
export function oldLetterFiles(path: string): string[] {
  return Array.from({ length: OLD_DEAD_LETTER_FILES }, (_, index) => `${path}.${index + 1}`)
}

/**
 * Sets the file aside. `letters`: how many are in it and in the old ones, null
 * where that is not known. Returns how many are in the old ones then; `dropped` is
 * told how many went with the oldest. Throws what the file system says.
 */
export function rotateLetters(
  path: string,
  letters: readonly (number | null)[],
  dropped: (letters: number) => void
): (number | null)[] {
  const files = [path, ...oldLetterFiles(path)]
  const known = files.map((_, index) => letters[index] ?? null)
  // The first place that is free takes what is before it; where none is, the last file goes.
  const free = files.findIndex((file, index) => index > 0 && !existsSync(file))
  const last = free < 0 ? files.length - 1 : free
  const oldest = files[last] ?? path
  const lost = free < 0 ? (known[last] ?? countLetters(oldest)) : 0
  for (let index = last; index > 0; index--) {
    renameSync(files[index - 1] ?? '', files[index] ?? '')
    if (index === last && free < 0) dropped(lost)
  }
  return [...known.slice(0, last), ...known.slice(last + 1)]
}

/** The last letters of the files, at most `most`, the oldest first; what is no letter is passed over. */
export function lastLetters(path: string, most: number): RejectedLine[] {
  let letters: RejectedLine[] = []
  for (const file of [path, ...oldLetterFiles(path)]) {
    if (letters.length >= most) break
    letters = [...lettersAtEnd(file), ...letters]
  }
  return letters.slice(-most)
}

/** More than 100 letters of the greatest length take in text. */
const TAIL_BYTES = 512 * 1024

function lettersAtEnd(file: string): RejectedLine[] {
  if (!existsSync(file)) return []
  const descriptor = openSync(file, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const from = Math.max(0, size - TAIL_BYTES)
    const bytes = Buffer.alloc(size - from)
    const count = readSync(descriptor, bytes, 0, bytes.length, from)
    const lines = bytes.toString('utf8', 0, count).split('\n')
    return lines.flatMap((line) => letterOf(line) ?? [])
  } finally {
    closeSync(descriptor)
  }
}

function letterOf(line: string): RejectedLine | null {
  try {
    const { source, offset, reason, detail, excerpt } = JSON.parse(line) as Record<string, unknown>
    const known = REJECTION_REASONS.find((one) => one === reason)
    const isWhole = typeof source === 'string' && typeof detail === 'string' && typeof excerpt === 'string'
    if (!isWhole || known === undefined || typeof offset !== 'number' || !Number.isSafeInteger(offset))
      return null
    return { source, offset, reason: known, detail, excerpt }
  } catch {
    // Half a line of a run that was killed, or the end of one that was cut here.
    return null
  }
}

const LINE_FEED = 10

function countLetters(file: string): number {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.alloc(1024 * 1024)
    let letters = 0
    for (let count = readSync(descriptor, chunk); count > 0; count = readSync(descriptor, chunk)) {
      for (let at = chunk.indexOf(LINE_FEED); at >= 0 && at < count; at = chunk.indexOf(LINE_FEED, at + 1))
        letters++
    }
    return letters
  } finally {
    closeSync(descriptor)
  }
}
