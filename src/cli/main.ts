#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { GRANULARITIES } from '../base/civil-date.js'
import { FootfallError, describeError } from '../base/errors.js'
import { MAX_SIMULATED } from '../base/limits.js'
import type { ExportFormat } from '../history/export.js'
import type { DemoOptions } from './demo.js'
import type { ExportOptions } from './export.js'
import type { GenerateOptions } from './generate.js'
import {
  DEFAULT_DATA_DIR,
  addProcessingOptions,
  instant,
  integer,
  option,
  positive,
  whole
} from './options.js'
import type { ReplayOptions } from './replay.js'
import type { ServeOptions } from './serve.js'
import { addServingOptions } from './serving-options.js'
import { version } from './version.js'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

const program = new Command('footfall')
  .description('Live and exact answers from a shop’s event stream.')
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()

addServingOptions(
  addProcessingOptions(
    program
      .command('serve')
      .description('process a file, follow it as it grows, and serve the API')
      .argument('[file]', 'JSON Lines; - for standard input; the sample by default')
  )
)
  .addHelpText('after', '\nExample:\n  $ footfall serve events.jsonl --port 8080')
  .action(async (file: string | undefined, options: ServeOptions) => {
    // Nothing has been read yet that would have to be committed.
    const end = () => process.exit(0)
    process.once('SIGTERM', end).once('SIGINT', end)
    const { serve } = await import('./serve.js')
    const served = serve(file, options)
    process.off('SIGTERM', end).off('SIGINT', end)
    await served
  })

addProcessingOptions(
  program
    .command('replay')
    .description('process a file as fast as possible and print the answers')
    .argument('<file>', 'JSON Lines; - for standard input')
)
  .addOption(option('--json', 'one JSON object on standard output'))
  .addHelpText('after', '\nExample:\n  $ footfall replay events.jsonl --json')
  .action(async (file: string, options: ReplayOptions) => {
    const { replay } = await import('./replay.js')
    await replay(file, options)
  })

addServingOptions(
  addProcessingOptions(
    program
      .command('demo')
      .description('serve a simulated shop that is open now, or with --speed the sample in its rhythm')
  )
)
  .addOption(option('--rate <n>', 'events a second').argParser(positive).default(20))
  .addHelpText(
    'after',
    '\nWhat it writes is in a folder of its own, which is removed at the end.' +
      '\n\nExamples:\n  $ footfall demo\n  $ footfall demo --speed 60x --max-gap 5m'
  )
  .action(async (options: DemoOptions) => {
    const { demo } = await import('./demo.js')
    await demo(options)
  })

program
  .command('generate')
  .description('write the events of a simulated shop')
  .addOption(
    option(
      '--events <n>',
      'how many; with --live: when to stop (default: 100000, with --live no end)'
    ).argParser(integer(0, Number.MAX_SAFE_INTEGER))
  )
  .addOption(
    option('--seed <n>', 'the same seed gives the same bytes')
      .argParser(integer(0, Number.MAX_SAFE_INTEGER))
      .default(1)
  )
  .addOption(whole('--items <n>', 'items of the shop', 1, MAX_SIMULATED).default(1000))
  .addOption(whole('--customers <n>', 'customers of the shop', 1, MAX_SIMULATED).default(2000))
  .addOption(
    option('--start <time>', 'time of the first event, RFC 3339')
      .argParser(instant)
      .default(Date.UTC(2026, 0, 1), '2026-01-01T00:00:00Z')
  )
  .addOption(option('--hours <n>', 'span over which the events spread').argParser(positive).default(24))
  .addOption(option('--out <file>', 'where to write; - for standard output').default('-'))
  .addOption(option('--live', 'append in real time, with the time of writing'))
  .addOption(option('--rate <n>', 'events a second with --live').argParser(positive).default(10))
  .addHelpText(
    'after',
    '\nExamples:\n  $ footfall generate --events 1000000 --out events.jsonl\n  $ footfall generate --live --rate 50 --out live.jsonl'
  )
  .action(async (options: GenerateOptions) => {
    const { generate } = await import('./generate.js')
    await generate(options)
  })

program
  .command('export')
  .description('write the days, weeks or months of a data directory to a file, a row a bucket and item')
  .addOption(
    option('--tier <tier>', 'what to write')
      .choices([...GRANULARITIES])
      .makeOptionMandatory()
  )
  .addOption(
    option('--format <format>', 'parquet, CSV with a header, or JSON Lines; money in minor units')
      .choices(['parquet', 'csv', 'jsonl'] satisfies ExportFormat[])
      .makeOptionMandatory()
  )
  .addOption(
    option(
      '--out <file>',
      'where to write, replacing what is there; - for standard output'
    ).makeOptionMandatory()
  )
  .addOption(
    option('--data-dir <dir>', 'where the history is; no server may be at work on it').default(
      DEFAULT_DATA_DIR
    )
  )
  .addHelpText(
    'after',
    '\nEvents of the last 24 hours are not in it: they reach their day when they leave the live window.' +
      '\n\nExample:\n  $ footfall export --tier day --format csv --out days.csv'
  )
  .action(async (options: ExportOptions) => {
    const { exportHistory } = await import('./export.js')
    await exportHistory(options)
  })

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output has gone, as `head` does: that is no failure.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`footfall: cannot write the output: ${describeError(error)}\n`)
  process.exit(EXIT_FAILED)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = exitCodeFor(error)
}

/** Tells the failure in one line, unless commander has done so. */
function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof FootfallError) {
    if (!error.isTold) process.stderr.write(`footfall: ${error.message}\n`)
    return error.code === 'usage' ? EXIT_USAGE : EXIT_FAILED
  }
  process.stderr.write(
    `footfall: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
  )
  return EXIT_FAILED
}
