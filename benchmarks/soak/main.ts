/** `npm run soak -- [options]`. Exit status 1 when something is not as written, or grows; 2 for wrong usage. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine } from '../report/machine.js'
import { RESULTS_FOLDER } from '../report/save.js'
import { machineLine } from '../report/tables.js'
import { latenciesOf } from '../statistics.js'
import { trendsOf } from './growth.js'
import { HELP, readArguments, type Asked } from './options.js'
import { soakText } from './report.js'
import { soak } from './soak.js'

const EXIT_FAILED = 1
const EXIT_USAGE = 2
/** Samples that are saved. */
const SAVED_SAMPLES = 120

// Left to itself a signal would leave children behind: only an exit of our own ends them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => process.exit(EXIT_FAILED))
}

let asked: Asked
try {
  asked = readArguments(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`soak: ${messageOf(error)}\n`)
  process.exit(EXIT_USAGE)
}

if (asked.help) {
  process.stdout.write(HELP)
} else {
  try {
    await run(asked)
  } catch (error) {
    process.stderr.write(`soak: ${messageOf(error)}\n`)
    process.exit(EXIT_FAILED)
  }
}

async function run({ options, save }: Asked): Promise<void> {
  const machine = describeMachine()
  process.stdout.write(`${machineLine(machine)}\n\n`)
  const result = await soak({ ...options, tell: (text) => process.stderr.write(`${text}\n`) })
  const trends = trendsOf(result)
  process.stdout.write(`${soakText(options, result, trends)}\n`)
  if (save) {
    const { samples, freshness, ...figures } = result
    const step = Math.ceil(samples.length / SAVED_SAMPLES)
    const answered = latenciesOf(freshness.map(({ ms }) => ms))
    const kept = {
      ...figures,
      freshness: answered,
      trends,
      samples: samples.filter((_, index) => index % step === 0)
    }
    const target = join(RESULTS_FOLDER, 'soak')
    mkdirSync(target, { recursive: true })
    const path = join(target, `${machine.date.replace(/[-:]|\.\d+/g, '')}-${machine.commit}.json`)
    writeFileSync(
      path,
      `${JSON.stringify({ machine, options: { ...options, folder: undefined }, result: kept }, null, 2)}\n`
    )
    process.stdout.write(`saved as ${path}\n`)
  }
  if (trends.some(({ grows }) => grows)) process.exitCode = EXIT_FAILED
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
