/** `npm run soak -- [options]`. Exit status 1 when something is not as written, or grows; 2 for wrong usage. */
import { join } from 'node:path'
import { runProgram } from '../program.js'
import { describeMachine } from '../report/machine.js'
import { RESULTS_FOLDER, write } from '../report/save.js'
import { machineLine } from '../report/tables.js'
import { latenciesOf } from '../statistics.js'
import { trendsOf } from './growth.js'
import { HELP, readArguments, type Asked } from './options.js'
import { soakText } from './report.js'
import { soak } from './soak.js'

/** Samples that are saved. */
const SAVED_SAMPLES = 120

await runProgram({ name: 'soak', help: HELP, readArguments, run })

async function run({ options, save }: Asked): Promise<boolean> {
  const machine = describeMachine()
  process.stdout.write(`${machineLine(machine)}\n\n`)
  const result = await soak({ ...options, tell: (text) => process.stderr.write(`${text}\n`) })
  const trends = trendsOf(result)
  process.stdout.write(`${soakText(options, result, trends)}\n`)
  if (save) {
    const { samples, freshness, ...figures } = result
    const step = Math.ceil(samples.length / SAVED_SAMPLES)
    const kept = {
      ...figures,
      freshness: latenciesOf(freshness.map(({ ms }) => ms)),
      trends,
      samples: samples.filter((_, index) => index % step === 0)
    }
    const path = write(machine, { machine, options, result: kept }, join(RESULTS_FOLDER, 'soak'))
    process.stdout.write(`saved as ${path}\n`)
  }
  return !trends.some(({ grows }) => grows)
}
