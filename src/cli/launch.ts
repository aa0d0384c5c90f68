#!/usr/bin/env node
/**
 * The package's command: runs the bundled one with the code that V8 has made of
 * it before, which saves a quarter of a start. That code is made at the build,
 * by a run of this with FOOTFALL_KEEP_CODE; where it is missing or of another
 * Node, V8 compiles as always. Not Node's own cache, which begins with 22.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script, constants } from 'node:vm'

const COMMAND = fileURLToPath(new URL('command.cjs', import.meta.url))
const CODE = `${COMMAND}.code`

const script = new Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(COMMAND, 'utf8')}\n})`,
  {
    filename: COMMAND,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(existsSync(CODE) && { cachedData: readFileSync(CODE) })
  }
)
const command = script.runInThisContext() as (...names: readonly unknown[]) => void
command({}, createRequire(COMMAND), { exports: {} }, COMMAND, dirname(COMMAND))

// At its end most functions that a start needs have been compiled.
if (process.env['FOOTFALL_KEEP_CODE'] !== undefined)
  process.once('exit', () => {
    writeFileSync(CODE, script.createCachedData())
  })
