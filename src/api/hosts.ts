import { isIP } from 'node:net'
import { isLoopback } from '../base/loopback.js'
import type { Guard } from './guards.js'
import { ProblemError } from './problem.js'

/** By which names the server may be asked. */
export interface HostPolicy {
  /** What it listens on: a name or an address. */
  readonly bound: string
  /** Names or addresses besides, without a port. */
  readonly allowed?: readonly string[] | undefined
}

/**
 * Answers 421 to requests for another host (`Host`), whatever the port. A page
 * that has its name resolved to this machine (DNS rebinding) would be of the
 * same origin as the answers; its name, which is what a browser sends, gives it
 * away. Accepted are:
 * - names of this machine: `localhost`, `127.x.x.x`, `[::1]`;
 * - what is listened on, and what is allowed besides;
 * - when that is not this machine alone, every address: a page has a name, and
 *   which addresses lead here (a container’s, a router’s) nobody here can know.
 *
 * Without `Host` a request is a 400, but in HTTP/1.0, which knows none and which
 * no browser speaks.
 */
export function hostGuard({ bound, allowed = [] }: HostPolicy): Guard {
  const names = new Set([bound, ...allowed].map((name) => nameOf(name) ?? name.toLowerCase()))
  const takesAddresses = !isLoopback(bound)
  const isAccepted = (name: string) =>
    isLoopback(name) || names.has(name) || (takesAddresses && isIP(name) !== 0)
  // Clients ask by the same name again and again.
  let last: string | undefined
  return (request) => {
    const { rawHeaders, url = '', httpVersion } = request.raw
    const host = authorityOf(url) ?? request.raw.headers.host
    if (host === undefined) {
      return httpVersion === '1.0' ? undefined : new ProblemError(400, 'The Host header is missing.')
    }
    if (hasTwoHosts(rawHeaders)) return new ProblemError(400, 'There is more than one Host header.')
    if (host === last) return undefined
    const name = nameOf(host)
    if (name === null) return new ProblemError(400, 'The Host header is no host and port.')
    if (!isAccepted(name)) return new ProblemError(421, 'This server does not answer for that host.')
    last = host
    return undefined
  }
}

/** The host of a URL that names one, as proxies are asked: it counts in place of the header (RFC 9112, 3.2.2). */
function authorityOf(url: string): string | undefined {
  return url.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]
}

/** Node takes the first of several; who is before it may take another (RFC 9112, 3.2). */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

/** A host without its port, brackets and last dot, in lower case; null where it is none. */
function nameOf(host: string): string | null {
  const [, address, name] = /^(?:\[([\da-f:.]+)\]|([^\s:/?#@[\]]+?)\.?)(?::\d{0,5})?$/i.exec(host) ?? []
  return (address ?? name)?.toLowerCase() ?? null
}
