import { readFileSync } from 'node:fs'
import { FootfallError, describeError } from '../base/errors.js'
import { isLoopback } from '../base/loopback.js'
import type { ServingOptions } from './serving-options.js'

/**
 * The token that requests must carry; undefined: none. Throws a `FootfallError`
 * (`usage`) where it cannot be used or is missing: without one only this machine
 * may ask.
 */
export function tokenOf({ host, ...given }: ServingOptions): string | undefined {
  const found = givenToken(given)
  if (found === undefined && !isLoopback(host)) {
    throw usage(
      `serving on ${host} needs --token-file (or FOOTFALL_TOKEN): without a token only this machine may ask`
    )
  }
  return found
}

/** Where a token is given. */
export type TokenOptions = Pick<ServingOptions, 'token' | 'tokenFile'>

/** The token that is given, if one is. Throws a `FootfallError` (`usage`) where it cannot be used. */
export function givenToken({ token, tokenFile }: TokenOptions): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw usage(
      'the token is given twice: --token and --token-file (or FOOTFALL_TOKEN and FOOTFALL_TOKEN_FILE)'
    )
  }
  const found = tokenFile === undefined ? token : readToken(tokenFile)
  const where = tokenFile === undefined ? 'the token' : `the token in ${tokenFile}`
  if (found === '') throw usage(`${where} is empty`)
  if (found !== undefined && !/^[\x21-\x7e]+$/.test(found)) {
    throw usage(
      `${where} has characters that a header cannot carry: only printable ASCII without blanks can be used`
    )
  }
  return found
}

/** The text of a file but for one line feed at its end. */
function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw usage(`cannot read the token from ${path}: ${describeError(error)}`)
  }
}

function usage(message: string): FootfallError {
  return new FootfallError('usage', message)
}
