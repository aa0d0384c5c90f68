/** Opens the history `PATH` and says what came of it. */
import { FootfallError } from '../../../src/base/errors.js'
import { openDuckDbHistory } from '../../../src/history/duckdb-history.js'
import { OPTIONS } from '../histories.js'

try {
  const history = await openDuckDbHistory({ ...OPTIONS, path: process.argv[2] ?? '' })
  process.stdout.write('opened\n')
  await history.close()
} catch (error) {
  if (!(error instanceof FootfallError)) throw error
  process.stdout.write(`${error.code}: ${error.message}\n`)
}
