/**
 * Runs the tests with ClickHouse against the newest engine that is to be had as a
 * library, served by `server.ts`: all of them but those of a cluster, which a library
 * cannot be part of, or those that are named.
 *
 *   npm run test:clickhouse:newer [-- dist/test/clickhouse/shipping.clickhouse.js …]
 *
 * The library has 570 MB, so it is no dependency: it is installed when it is needed first.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../support/documents.js'

/** Of chdb; it names its engine exactly: ClickHouse 26.7. */
const VERSION = '3.4.0'

const NOT_ALONE: ReadonlySet<string> = new Set(['cluster.clickhouse.js', 'replicas.clickhouse.js'])

const TESTS = join(ROOT, 'dist', 'test', 'clickhouse')
const CACHE = join(ROOT, 'node_modules', '.cache', `chdb-${VERSION}`)

mkdirSync(CACHE, { recursive: true })
run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', CACHE, `chdb@${VERSION}`])
const all = readdirSync(TESTS).filter((name) => name.endsWith('.clickhouse.js') && !NOT_ALONE.has(name))
const named = process.argv.slice(2)
run('tap', ['--timeout=1800', ...(named.length > 0 ? named : all.map((name) => join(TESTS, name)))], {
  FOOTFALL_TEST_CHDB: join(CACHE, 'node_modules', 'chdb'),
  FOOTFALL_TEST_CLICKHOUSE_SERVER: `${process.execPath} ${join(TESTS, 'newer', 'server.js')}`
})

/** Runs a command of npm's or of a script's PATH; where it fails, this ends as it did. */
function run(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    env: { ...process.env, ...environment }
  })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
