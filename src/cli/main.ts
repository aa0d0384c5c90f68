import { Command, CommanderError } from 'commander'
import { FootfallError, describeError } from '../base/errors.js'
import { addCommands } from './commands.js'
import { addExamples, describeOption } from './help.js'
import type { LogFormat } from './log.js'
import { tell } from './status-line.js'
import { doubtfulSwitch, unknownVariables } from './variables.js'
import { version } from './version.js'

const EXIT_FAILED = 1
const EXIT_USAGE = 2

const program = new Command('footfall')
  .description('Live and exact answers from a shop’s event stream.')
  .version(version)
  .showSuggestionAfterError()
  .configureHelp({ optionDescription: describeOption })
  .exitOverride()
  .hook('preAction', async (_, command) => {
    const doubtful = doubtfulSwitch(command, process.env)
    if (doubtful !== null) throw new FootfallError('usage', doubtful)
    const warnings = unknownVariables(program, process.env)
    if (warnings.length === 0) return
    // Where standard error has records of JSON alone, a warning is one.
    const { logFormat } = command.opts<{ readonly logFormat?: LogFormat }>()
    const warn = logFormat === 'json' ? (await import('./log.js')).openLog(logFormat).notice : tell
    for (const warning of warnings) warn(warning)
  })

addCommands(program)
addExamples(program, [
  'footfall demo',
  'footfall serve events.jsonl',
  'footfall replay events.jsonl --json',
  'footfall top',
  'footfall help serve'
])

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output has gone, as `head` does: that is no failure.
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(`footfall: cannot write the output: ${describeError(error)}\n`)
  process.exit(EXIT_FAILED)
})

// Not awaited: the bundle is a script, which knows no await at its top.
program.parseAsync().catch((error: unknown) => {
  process.exitCode = exitCodeFor(error)
})

/** Tells the failure in one line, unless commander has done so. */
function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  if (error instanceof FootfallError) {
    if (!error.isTold) tell(error.message)
    return error.code === 'usage' ? EXIT_USAGE : EXIT_FAILED
  }
  process.stderr.write(
    `footfall: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
  )
  return EXIT_FAILED
}
