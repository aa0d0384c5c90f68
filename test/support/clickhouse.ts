import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { temporaryFolder } from './pipelines.js'

/** The command of the server that is tested with, its words parted by blanks: Debian's by default. */
const [PROGRAM = '', ...WORDS] = (
  process.env['FOOTFALL_TEST_CLICKHOUSE_SERVER'] ?? 'clickhouse-server'
).split(' ')

/** Why there is no server to test with; null: Debian's, or the one that is named. */
export function whyNoClickHouse(): string | null {
  const { error } = spawnSync(PROGRAM, [...WORDS, '--help'], { stdio: 'ignore' })
  return error === undefined ? null : `${PROGRAM} does not start: ${error.message}`
}

/** What a server of a cluster has of its own. */
export interface ServerOptions {
  readonly ports: ServerPorts
  /** More elements of its configuration. */
  readonly elements: string
  /** One that is not the server's own; it is made. */
  readonly database: string
}

export interface ServerPorts {
  readonly http: number
  readonly tcp: number
  readonly interserver: number
}

/** A real server in a folder of its own, on free ports of loopback. */
export class ClickHouseServer {
  readonly #folder: string
  readonly #config: string
  readonly #root: string
  readonly #database: string | null
  #child: ChildProcess | null = null

  private constructor(folder: string, config: string, port: number, database: string | null) {
    this.#folder = folder
    this.#config = config
    this.#root = `http://127.0.0.1:${port}`
    this.#database = database
  }

  /** As `--clickhouse` has it. */
  get url(): string {
    return this.#database === null ? this.#root : `${this.#root}/${this.#database}`
  }

  static async start(t: Test, options?: ServerOptions): Promise<ClickHouseServer> {
    const folder = temporaryFolder(t)
    const { elements, database } = options ?? { elements: '', database: null }
    const [ports] = options === undefined ? await serverPorts(1) : [options.ports]
    const { http, tcp, interserver } = ports!
    const config = join(folder, 'config.xml')
    for (const name of ['data', 'tmp']) mkdirSync(join(folder, name))
    writeFileSync(
      config,
      `<yandex>
        <logger><level>warning</level><log>${folder}/server.log</log><errorlog>${folder}/error.log</errorlog></logger>
        <http_port>${http}</http_port><tcp_port>${tcp}</tcp_port>
        <interserver_http_port>${interserver}</interserver_http_port><listen_host>127.0.0.1</listen_host>
        <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
        <mark_cache_size>268435456</mark_cache_size>
        <users_config>${folder}/users.xml</users_config>
        <default_profile>default</default_profile><default_database>default</default_database>
        ${elements}
      </yandex>`
    )
    writeFileSync(
      join(folder, 'users.xml'),
      `<yandex>
        <profiles><default><max_memory_usage>4000000000</max_memory_usage></default></profiles>
        <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
          <profile>default</profile><quota>default</quota></default></users>
        <quotas><default></default></quotas>
      </yandex>`
    )
    const server = new ClickHouseServer(folder, config, http, database)
    t.teardown(() => server.kill())
    await server.start()
    if (database !== null) await server.run(`CREATE DATABASE \`${database}\``, 'default')
    return server
  }

  /** Starts it, on the data that there are, and waits until it answers. */
  async start(): Promise<void> {
    const child = spawn(PROGRAM, [...WORDS, '--config-file', this.#config], {
      cwd: this.#folder,
      stdio: 'ignore'
    })
    this.#child = child
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${PROGRAM} ended with ${child.exitCode}`)
      const answer = await fetch(this.#root).catch(() => null)
      if (answer?.ok === true) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** SIGKILL: what it has acknowledged must be there at the next start. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child !== null) await killed(child)
  }

  /** Runs a statement and returns its rows. */
  async rows(sql: string): Promise<unknown[][]> {
    return (JSON.parse(await this.run(`${sql} FORMAT JSONCompact`)) as { data: unknown[][] }).data
  }

  /** Runs a statement and returns the text of its answer. */
  async run(sql: string, database = this.#database ?? 'default'): Promise<string> {
    const settings = `output_format_json_quote_64bit_integers=1&database=${database}`
    const answer = await fetch(`${this.#root}/?${settings}`, { method: 'POST', body: sql })
    const text = await answer.text()
    if (!answer.ok) throw new Error(text)
    return text
  }
}

/** Ends a process with SIGKILL, if it has not ended yet. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Free ones, of some servers. */
export async function serverPorts(servers: number): Promise<readonly ServerPorts[]> {
  const free = await freePorts(3 * servers)
  return Array.from({ length: servers }, (_, place) => {
    const [http = 0, tcp = 0, interserver = 0] = free.slice(3 * place)
    return { http, tcp, interserver }
  })
}

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
