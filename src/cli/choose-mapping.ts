import { closeSync, fstatSync, readSync, statSync } from 'node:fs'
import { constants, gunzipSync } from 'node:zlib'
import { FootfallError } from '../base/errors.js'
import { detectFormat, type Detection } from '../event/detect.js'
import { IDENTITY_MAPPING, MappingError, parseMapping, type FieldMapping } from '../event/mapping.js'
import { PRESETS } from '../event/presets.js'
import { certainCompressionOf } from '../ingest/compression.js'
import { openFile } from '../ingest/source.js'
import type { ProcessingOptions } from './options.js'
import { rememberFormat, rememberedFormat } from './remembered-format.js'

/** How much of a file is looked at; bytes. */
const HEAD_BYTES = 1024 * 1024

/** The same of a compressed file: what it holds may be a thousand times as long. */
const COMPRESSED_BYTES = 64 * 1024

/** Of each key that is told. */
const MOST_KEY_CHARS = 40

const AS_OWN = 'its lines are read as footfall’s own (--preset or --map say otherwise)'

/**
 * How the lines of a source name what footfall reads: as `--map` and `--preset`
 * say, or else, of a served file, as an earlier run on `dataDir` has read it, or
 * else as the first lines of a regular file show. What was taken is told
 * to `noticed`, in one line, unless it is footfall's own format. Not
 * looked at are streams, of which what is read is gone, and Zstandard.
 *
 * @throws FootfallError (`usage`) for a mapping that cannot be
 */
export function chooseMapping(
  file: string,
  follow: boolean,
  dataDir: string | null,
  { map, preset }: ProcessingOptions,
  noticed: (message: string) => void
): FieldMapping {
  const keptIn = follow && file !== '-' ? dataDir : null
  if (preset !== undefined || map.length > 0) {
    const mapping = givenMapping(map, preset)
    // With names besides it is not the preset that later runs would have to read.
    if (keptIn !== null && preset !== undefined && map.length === 0) rememberFormat(keptIn, file, preset)
    return mapping
  }
  const remembered = keptIn === null ? null : rememberedFormat(keptIn, file)
  if (remembered !== null) {
    const own = '--preset footfall reads it as footfall’s own format'
    if (remembered !== 'footfall') noticed(`${file} is read with --preset ${remembered}, as before; ${own}`)
    return PRESETS[remembered]
  }
  const head = readHead(file)
  if (head === 'unseen') return IDENTITY_MAPPING
  if (head === null) {
    // `replay` says so itself.
    if (follow) noticed(`${file} is not there yet, so its format was not looked for: ${AS_OWN}`)
    return IDENTITY_MAPPING
  }
  const detection = detectFormat(head.bytes, !follow && head.isWhole)
  const message = describe(file, detection, follow)
  if (message !== null) noticed(message)
  if (detection.kind !== 'found') return IDENTITY_MAPPING
  if (keptIn !== null) rememberFormat(keptIn, file, detection.preset)
  return PRESETS[detection.preset]
}

function givenMapping(map: readonly string[], preset: ProcessingOptions['preset']): FieldMapping {
  try {
    return parseMapping(map, preset === undefined ? IDENTITY_MAPPING : PRESETS[preset])
  } catch (error) {
    throw error instanceof MappingError ? new FootfallError('usage', error.message) : error
  }
}

/** Null where there is nothing to say. */
function describe(file: string, detection: Detection, follow: boolean): string | null {
  switch (detection.kind) {
    case 'empty':
      // Of a file that does not grow there is nothing to read in any format.
      return follow ? `${file} has no whole line yet, so its format was not looked for: ${AS_OWN}` : null
    case 'found': {
      const { preset, line } = detection
      if (preset === 'footfall') return null
      return `${file} is read with --preset ${preset}, as its line ${line} shows; --preset footfall reads it as footfall’s own format`
    }
    case 'ambiguous':
      return `${file}, line ${detection.line}, may be ${detection.presets.join(' or ')}: ${AS_OWN}`
    case 'unknown': {
      const keys = detection.keys.map(shown).join(', ')
      const seen = keys === '' ? 'no JSON objects' : `keys ${keys}`
      const known = Object.keys(PRESETS).slice(1).join(', ')
      return `none of the first ${detection.lines} lines of ${file} is an event (${seen}) for footfall or a preset (${known}): ${AS_OWN}`
    }
  }
}

/** A key as a terminal may see it. */
function shown(key: string): string {
  return `"${key.slice(0, MOST_KEY_CHARS).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\uFFFD')}"`
}

interface Head {
  readonly bytes: Buffer
  /** Whether it is all of the file. */
  readonly isWhole: boolean
}

/** The beginning of a regular file; null when there is none. What is neither, a directory too, whoever reads it says. */
function readHead(file: string): Head | 'unseen' | null {
  // A FIFO is not even opened: whoever writes to it would lose what it writes when it is closed again.
  if (file !== '-' && statSync(file, { throwIfNoEntry: false })?.isFile() === false) return 'unseen'
  const descriptor = file === '-' ? 0 : openFile(file, file)
  if (descriptor === null) return null
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile()) return 'unseen'
    const bytes = Buffer.alloc(Math.min(HEAD_BYTES, found.size))
    // By position: where standard input is read on from stays as it is.
    let length = 0
    for (let got = -1; got !== 0 && length < bytes.length; length += got) {
      got = readSync(descriptor, bytes, length, bytes.length - length, length)
    }
    return decompressed({ bytes: bytes.subarray(0, length), isWhole: length === found.size })
  } finally {
    if (descriptor !== 0) closeSync(descriptor)
  }
}

/** Of a compressed file what it holds, as far as a part of it goes. */
function decompressed(head: Head): Head | 'unseen' {
  const compression = certainCompressionOf(head.bytes)
  if (compression === null) return head
  if (compression === 'zstd') return 'unseen'
  try {
    const part = head.bytes.subarray(0, COMPRESSED_BYTES)
    return { bytes: gunzipSync(part, { finishFlush: constants.Z_SYNC_FLUSH }), isWhole: false }
  } catch {
    // Whoever reads it says what is wrong with it.
    return 'unseen'
  }
}
