import type { Command, Option } from 'commander'
import { nearest } from './nearest.js'

const PREFIX = 'FOOTFALL_'

/** Those of the project's own tests and build, what Kubernetes sets for a service of this name, and what is a secret. */
const OTHERS = /^FOOTFALL_(?:TEST_|SERVICE_|PORT_|KEEP_CODE$|CLICKHOUSE_USER$|CLICKHOUSE_PASSWORD$)/

/** The environment variable that an option can be given as. */
export function variableOf(option: Option): string {
  return PREFIX + option.name().replaceAll('-', '_').toUpperCase()
}

/** A line for each variable of the environment that is meant for footfall, and that no command knows. */
export function unknownVariables(
  program: Command,
  environment: Readonly<Record<string, unknown>>
): readonly string[] {
  const commands = program.commands.flatMap((command) => [command, ...command.commands])
  const known = new Set(commands.flatMap(({ options }) => options.map(variableOf)))
  // What all of them begin with makes none of them alike.
  const ends = [...known].map((name) => name.slice(PREFIX.length))
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !OTHERS.test(name) && !known.has(name))
    .map((name) => {
      const meant = nearest(name.slice(PREFIX.length), ends)
      const hint = meant === null ? '' : `: did you mean ${PREFIX}${meant}?`
      return `the environment variable ${name} means nothing to footfall${hint}`
    })
}

/** What the variable of an option without a value may be: whether it is given. Undefined: anything else. */
export function switchOf(text: string): boolean | undefined {
  if (['', '0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false
  return ['1', 'true', 'yes', 'on'].includes(text.toLowerCase()) ? true : undefined
}

/** What is wrong with the variables of options without a value; null: nothing. */
export function doubtfulSwitch(
  { options }: Command,
  environment: Readonly<Record<string, string | undefined>>
): string | null {
  for (const option of options.filter((each) => each.isBoolean() && each.envVar !== undefined)) {
    const name = variableOf(option)
    const text = environment[name] ?? ''
    if (switchOf(text) === undefined) return `${name} is ${JSON.stringify(text)}: it must be true or false`
  }
  return null
}
