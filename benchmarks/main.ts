import { relative } from 'node:path'
import { HELP, readArguments, type Asked } from './options.js'
import { describeMachine } from './report/machine.js'
import { save } from './report/save.js'
import { machineLine } from './report/tables.js'
import { run, type Results } from './run.js'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

// Left to itself a signal would leave children behind: only an exit of our own ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(EXIT_FAILED))
}

let asked: Asked
try {
  asked = readArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`benchmarks: ${messageOf(error)}\n`)
  process.exit(EXIT_USAGE)
}

if (asked.help) {
  process.stdout.write(HELP)
} else {
  try {
    await runAll(asked)
  } catch (error) {
    process.stderr.write(`benchmarks: ${messageOf(error)}\n`)
    process.exit(EXIT_FAILED)
  }
}

async function runAll({ options, only, save: isSaved }: Asked): Promise<void> {
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
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
