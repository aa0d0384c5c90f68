import { InvalidArgumentError, type Command, type Option } from 'commander'
import { FootfallError } from '../base/errors.js'
import { option } from './option.js'

/** Where a collector ships to, and as whom. */
export function addShippingOptions(command: Command): Command {
  return command
    .optionsGroup('Many machines:')
    .addOption(clickhouse('ClickHouse that commits are shipped to, for footfall gateway'))
    .addOption(
      option(
        '--collector <name>',
        'this machine’s name among those that ship there; always the same, and no other’s'
      ).argParser(collector)
    )
}

/** Where a ClickHouse is. */
export function clickhouse(description: string): Option {
  return option(
    '--clickhouse <url>',
    `${description}, as http://host:8123/database; user and password in FOOTFALL_CLICKHOUSE_USER and FOOTFALL_CLICKHOUSE_PASSWORD`
  ).argParser(clickhouseUrl)
}

function clickhouseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It must be a URL, as http://host:8123/database.')
  }
  // Commander would repeat what was given.
  if (url.username !== '' || url.password !== '') {
    throw new FootfallError(
      'usage',
      '--clickhouse has a user or password in it, which others on this machine can see: give them in ' +
        'FOOTFALL_CLICKHOUSE_USER and FOOTFALL_CLICKHOUSE_PASSWORD'
    )
  }
  if (url.search === '' && url.hash === '' && /^\/[^/]*$/.test(url.pathname)) return text
  throw new FootfallError(
    'usage',
    '--clickhouse has more in it than a server and a database, as http://host:8123/database'
  )
}

/** The name of a cluster, as it stands in SQL. */
export function identifier(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(text)) return text
  throw new InvalidArgumentError('It must be 1 to 64 letters, digits or _, and not begin with a digit.')
}

/** The name of a collector. */
function collector(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text)) return text
  throw new InvalidArgumentError(
    'It must be 1 to 64 letters, digits, points, - or _, and begin with a letter or digit.'
  )
}
