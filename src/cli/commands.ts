import type { Command } from 'commander'
import { GRANULARITIES } from '../base/civil-date.js'
import { MAX_SIMULATED } from '../base/limits.js'
import type { ExportFormat } from '../history/export.js'
import type { DemoOptions } from './demo.js'
import type { ExportOptions } from './export.js'
import type { GenerateOptions } from './generate.js'
import { endAtSignal } from './end-at-signal.js'
import { addExamples } from './help.js'
import {
  DEFAULT_DATA_DIR,
  addProcessingOptions,
  addShopOptions,
  choice,
  instant,
  integer,
  option,
  positive,
  whole
} from './options.js'
import type { ReplayOptions } from './replay.js'
import type { ServeOptions } from './serve.js'
import { clickhouse, identifier } from './shipping-options.js'
import type { GatewayOptions } from './gateway.js'
import type { InitOptions } from './clickhouse.js'
import { addServingOptions, addTokenOptions } from './serving-options.js'
import type { TopOptions } from './top.js'

/** Adds all commands. What a command is made of is loaded when it is called. */
export function addCommands(program: Command): void {
  addServe(program)
  addReplay(program)
  addTop(program)
  addDemo(program)
  addGenerate(program)
  addExport(program)
  addGateway(program)
  addClickHouse(program)
}

const SOURCE = 'JSON Lines; - for standard input'

function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('process a file, follow it as it grows, and serve the API and the dashboard')
    .argument('[file]', `${SOURCE}; the sample by default`)
    .action(async (file: string | undefined, options: ServeOptions) => {
      // Nothing has been read yet that would have to be committed.
      endAtSignal()
      const { serve } = await import('./serve.js')
      await serve(file, options)
    })
  addExamples(addServingOptions(addProcessingOptions(command)), [
    'footfall serve events.jsonl --port 8080',
    'tail -F shop.log | footfall serve - --preset segment',
    'footfall serve events.jsonl --host 0.0.0.0 --token-file token.txt'
  ])
}

function addReplay(program: Command): void {
  const command = program
    .command('replay')
    .description('process a file as fast as possible and print the answers')
    .argument('<file>', `${SOURCE}; gzip and Zstandard are read too`)
    .addOption(option('--json', 'one JSON object on standard output'))
    .action(async (file: string, options: ReplayOptions) => {
      const { replay } = await import('./replay.js')
      await replay(file, options)
    })
  addExamples(addProcessingOptions(command), [
    'footfall replay events.jsonl',
    'footfall replay events.jsonl.gz --json',
    'footfall replay orders.jsonl --map item_id=order.sku --map timestamp=ts',
    'footfall replay events.jsonl --data-dir shop'
  ])
}

function addTop(program: Command): void {
  const command = program
    .command('top')
    .description('show what a running server answers, refreshed in place; q ends it')
    .argument('[url]', 'of the server', 'http://127.0.0.1:3000')
    .addOption(
      option('--once', 'print it once, as text that stays; so too where standard output is no terminal')
    )
    .action(async (url: string, options: TopOptions) => {
      const { top } = await import('./top.js')
      await top(url, options)
    })
  addExamples(addTokenOptions(command), [
    'footfall top',
    'footfall top http://shop.example:8080 --token-file token.txt',
    'footfall top --once'
  ])
}

function addDemo(program: Command): void {
  const command = program
    .command('demo')
    .description('serve a simulated shop that is open now, or with --speed the sample in its rhythm')
    .addOption(option('--rate <n>', 'events a second').argParser(positive).default(2))
    .action(async (options: DemoOptions) => {
      const { demo } = await import('./demo.js')
      await demo(options)
    })
  addExamples(
    addServingOptions(addProcessingOptions(command)),
    ['footfall demo', 'footfall demo --rate 200 --port 8080', 'footfall demo --speed 60x --max-gap 5m'],
    'What it writes is in a folder of its own, which is removed at the end.'
  )
}

function addGenerate(program: Command): void {
  const command = program
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
    .action(async (options: GenerateOptions) => {
      const { generate } = await import('./generate.js')
      await generate(options)
    })
  addExamples(command, [
    'footfall generate --events 1000000 --out events.jsonl',
    'footfall generate --live --rate 50 --out live.jsonl'
  ])
}

function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('write the days, weeks or months of a data directory to a file, a row a bucket and item')
    .addOption(choice('--tier <tier>', 'what to write', GRANULARITIES).makeOptionMandatory())
    .addOption(
      choice('--format <format>', 'parquet, CSV with a header, or JSON Lines; money in minor units', [
        'parquet',
        'csv',
        'jsonl'
      ] satisfies ExportFormat[]).makeOptionMandatory()
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
    .action(async (options: ExportOptions) => {
      const { exportHistory } = await import('./export.js')
      await exportHistory(options)
    })
  addExamples(
    command,
    [
      'footfall export --tier day --format csv --out days.csv',
      'footfall export --tier month --format parquet --out months.parquet'
    ],
    'Events of the last 24 hours are not in it: they reach their day when they leave\nthe live window.'
  )
}

function addGateway(program: Command): void {
  const command = program
    .command('gateway')
    .description('serve the API and the dashboard over all machines that ship to a ClickHouse')
    .addOption(clickhouse('ClickHouse that collectors ship to').makeOptionMandatory())
    .action(async (options: GatewayOptions) => {
      const { gateway } = await import('./gateway.js')
      await gateway(options)
    })
  addExamples(addServingOptions(command), [
    'footfall gateway --clickhouse http://127.0.0.1:8123',
    'footfall gateway --clickhouse http://db:8123/shop --host 0.0.0.0 --token-file token.txt'
  ])
}

function addClickHouse(program: Command): void {
  const group = program
    .command('clickhouse')
    .description('make the tables in ClickHouse that collectors ship to, or remove a collector from them')
  const init = group
    .command('init')
    .description('make the tables, once for all collectors')
    .addOption(clickhouse('ClickHouse').makeOptionMandatory())
    .addOption(
      option(
        '--cluster <name>',
        'make them on a cluster: replicated, and distributed by collector'
      ).argParser(identifier)
    )
    .addOption(
      option('--data-dir <dir>', 'a history that is there already and shall be the first to be shipped')
    )
    .action(async (options: InitOptions) => {
      const { init: make } = await import('./clickhouse.js')
      await make(options)
    })
  addExamples(addShopOptions(init), [
    'footfall clickhouse init --clickhouse http://127.0.0.1:8123 --time-zone Europe/Berlin --currency EUR',
    'footfall clickhouse init --clickhouse http://db:8123/shop --cluster shop'
  ])
  const forget = group
    .command('forget')
    .description('remove all that a collector has shipped')
    .argument('<collector>', 'its name')
    .addOption(clickhouse('ClickHouse').makeOptionMandatory())
    .action(async (name: string, options: { readonly clickhouse: string }) => {
      const { forgetCollector } = await import('./clickhouse.js')
      await forgetCollector(name, options)
    })
  addExamples(forget, ['footfall clickhouse forget shop-3 --clickhouse http://127.0.0.1:8123'])
}
