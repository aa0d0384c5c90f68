import { relative } from 'node:path'
import { HELP, readArguments, type Asked } from './options.js'
import { runProgram } from './program.js'
import { describeMachine } from './report/machine.js'
import { save } from './report/save.js'
import { machineLine } from './report/tables.js'
import { run, type Results } from './run.js'

await runProgram({ name: 'benchmarks', help: HELP, readArguments, run: runAll })

async function runAll({ options, only, save: isSaved }: Asked): Promise<boolean> {
  const tell = (text: string) => process.stderr.write(`${text}\n`)
  const machine = describeMachine()
  process.stdout.write(`${machineLine(machine)}\n\n`)
  const results: Results = {}
  for (const name of only) {
    process.stdout.write(`${await run(name, { ...options, tell }, results)}\n\n`)
  }
  if (isSaved) {
    process.stdout.write(`saved as ${relative(process.cwd(), save(machine, options, results))}\n`)
  }
  return true
}
