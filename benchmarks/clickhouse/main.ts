/** `npm run bench:clickhouse -- [options]`. Exit status 1 when something is not as written; 2 for wrong usage. */
import { join, relative } from 'node:path'
import { runProgram } from '../program.js'
import { describeMachine } from '../report/machine.js'
import { RESULTS_FOLDER, write } from '../report/save.js'
import { machineLine } from '../report/tables.js'
import { HELP, readArguments, type Asked } from './options.js'
import { clickHouseText } from './report.js'
import { runClickHouse } from './run.js'

await runProgram({ name: 'clickhouse', help: HELP, readArguments, run })

async function run({ options, save }: Asked): Promise<boolean> {
  const machine = describeMachine()
  process.stdout.write(`${machineLine(machine)}\n\n`)
  const result = await runClickHouse({ ...options, tell: (text) => process.stderr.write(`${text}\n`) })
  process.stdout.write(`${clickHouseText(result)}\n`)
  if (save) {
    const path = write(machine, { machine, options, result }, join(RESULTS_FOLDER, 'clickhouse'))
    process.stdout.write(`saved as ${relative(process.cwd(), path)}\n`)
  }
  return true
}
