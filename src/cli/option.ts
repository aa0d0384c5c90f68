import { Option } from 'commander'
import { switchOf, variableOf } from './variables.js'

/** An option that can be given as FOOTFALL_… in the environment too; the command line wins. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description)
  const name = variableOf(made)
  // Of an option without a value the mere presence of the variable would count.
  const isOff = !flags.includes('<') && switchOf(process.env[name] ?? '') === false
  return isOff ? made : made.env(name)
}
