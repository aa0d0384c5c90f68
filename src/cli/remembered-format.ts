import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { FootfallError, describeError } from '../base/errors.js'
import { PRESETS, type PresetName } from '../event/presets.js'

/**
 * Which preset a served file is read with, by its absolute path: after a restart
 * the file of that name may be another one, or not there, while the rest of the one
 * before it has still to be read.
 */
export const FORMATS = 'formats.json'

/** Null where no run has taken one. Throws a FootfallError (`history`) when what is kept cannot be read. */
export function rememberedFormat(dataDir: string, file: string): PresetName | null {
  const kept = formatsOf(dataDir)[resolve(file)]
  return kept !== undefined && kept in PRESETS ? (kept as PresetName) : null
}

/** Throws a FootfallError (`output`) when it cannot be written. */
export function rememberFormat(dataDir: string, file: string, preset: PresetName): void {
  const formats = formatsOf(dataDir)
  if (formats[resolve(file)] === preset) return
  const path = join(dataDir, FORMATS)
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify({ ...formats, [resolve(file)]: preset }, null, 2)}\n`)
    renameSync(`${path}.new`, path)
  } catch (error) {
    throw new FootfallError('output', `cannot write ${path}: ${describeError(error)}`, { cause: error })
  }
}

function formatsOf(dataDir: string): Readonly<Record<string, string>> {
  const path = join(dataDir, FORMATS)
  if (!existsSync(path)) return {}
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>
  } catch (error) {
    const message = `cannot read ${path}: ${describeError(error)}; without it formats are looked for anew`
    throw new FootfallError('history', message, { cause: error })
  }
}
