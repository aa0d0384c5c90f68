import type { Command } from 'commander'
import { DEFAULT_RATE_LIMIT, MAX_RATE_LIMIT } from '../base/limits.js'
import type { LogFormat } from './log.js'
import { choice, integer, option, whole } from './options.js'

/** The options of commands that serve. */
export interface ServingOptions {
  readonly port: number
  readonly host: string
  readonly allowHost: readonly string[]
  readonly token?: string
  readonly tokenFile?: string
  readonly logFormat: LogFormat
  /** Requests a minute and address. */
  readonly rateLimit?: number
}

export function addServingOptions(command: Command): Command {
  return addTokenOptions(addListeningOptions(command))
}

function addListeningOptions(command: Command): Command {
  return command
    .optionsGroup('Serving:')
    .addOption(
      option('--port <port>', 'port to listen on, 0 for any free one')
        .argParser(integer(0, 65535))
        .default(3000)
    )
    .addOption(option('--host <host>', 'address to listen on').default('127.0.0.1'))
    .addOption(
      option(
        '--allow-host <name>',
        'a name by which clients may ask besides (without a port); repeatable, or separated by commas'
      )
        .argParser((text: string, earlier: readonly string[]) => [...earlier, ...text.split(',')])
        .default([], 'none')
    )
    .addOption(
      choice(
        '--log-format <format>',
        'what standard error is told in: lines of text, or a JSON object a line',
        ['text', 'json'] satisfies LogFormat[]
      ).default('text')
    )
    .addOption(
      whole(
        '--rate-limit <n>',
        `requests a minute of an address, this machine included, 0 for any number (default: ${DEFAULT_RATE_LIMIT}, this machine excepted)`,
        0,
        MAX_RATE_LIMIT
      )
    )
}

/** The token that a server wants, and that whoever asks it gives. */
export function addTokenOptions(command: Command): Command {
  return command
    .addOption(option('--token-file <file>', 'file that holds the token'))
    .addOption(
      option(
        '--token <token>',
        'bearer token that requests carry; others on this machine can see it here: better in FOOTFALL_TOKEN or a file'
      )
    )
}
