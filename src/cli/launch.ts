#!/usr/bin/env node
/**
 * The package's command: runs the bundled one with the code that V8 has made of
 * it at the build, which saves a quarter of a start. V8 looks at little of what
 * it is given: code of other text, of another Node or machine, or damaged, is
 * known by a hash and left aside, and V8 compiles as always. Not Node's own
 * cache, which begins with 22.
 *
 * ```
 * command.cjs.code:  SHA-256 of all that the code depends on, and of itself │ the code
 * ```
 */
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedDataVersionTag } from 'node:v8'
import { Script, constants } from 'node:vm'

const COMMAND = fileURLToPath(new URL('command.cjs', import.meta.url))
const CODE = `${COMMAND}.code`
const HASH_BYTES = 32

const text = readFileSync(COMMAND)
const cachedData = keptCode()
const script = new Script(
  `(function (exports, require, module, __filename, __dirname) {${text.toString()}\n})`,
  {
    filename: COMMAND,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData !== null && { cachedData })
  }
)
const command = script.runInThisContext() as (...names: readonly unknown[]) => void
command({}, createRequire(COMMAND), { exports: {} }, COMMAND, dirname(COMMAND))

// For the build: at its end most functions that a start needs have been compiled.
if (process.env['FOOTFALL_KEEP_CODE'] === CODE) process.once('exit', keepCode)

/** The code, where it is that of this very text, Node and machine. */
function keptCode(): Buffer | null {
  const kept = readIfThere(CODE)
  if (kept === null) return null
  const code = kept.subarray(HASH_BYTES)
  return hashOf(code).equals(kept.subarray(0, HASH_BYTES)) ? code : null
}

function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    // Nobody needs it: not there, not to be read, a folder.
    return null
  }
}

function keepCode(): void {
  const code = script.createCachedData()
  const unfinished = `${CODE}.${process.pid}`
  writeFileSync(unfinished, Buffer.concat([hashOf(code), code]))
  renameSync(unfinished, CODE)
}

function hashOf(code: Buffer): Buffer {
  const { version, arch } = process
  const machine = JSON.stringify([version, arch, cachedDataVersionTag(), text.length])
  return createHash('sha256').update(machine).update(text).update(code).digest()
}
