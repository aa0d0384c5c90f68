import type { Command, Option } from 'commander'

/** Ends a command's help with a note, if there is one, and examples. */
export function addExamples(command: Command, examples: readonly string[], note?: string): Command {
  const lines = [
    ...(note === undefined ? [] : ['', note]),
    '',
    'Each option can also be an environment variable, as FOOTFALL_DATA_DIR is',
    '--data-dir; the command line wins.',
    '',
    'Examples:',
    ...examples.map((example) => `  $ ${example}`)
  ]
  return command.addHelpText('after', lines.join('\n'))
}

/**
 * What an option is, with its choices and default. The environment variable that
 * it can be is not named with each: they are all made alike.
 */
export function describeOption({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription
}: Option): string {
  const standard = defaultValueDescription ?? (defaultValue === undefined ? null : String(defaultValue))
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(standard === null ? [] : [`default: ${standard}`])
  ]
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`
}
