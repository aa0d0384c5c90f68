import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that does not answer after so long is given up; ms. */
const START_MS = 60_000
const LOOK_EVERY_MS = 50

/** A ClickHouse of the benchmark's own: in a folder, on free ports of loopback. */
export class ClickHouseServer {
  readonly #child: ChildProcess
  readonly url: string

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Starts `clickhouse-server`; resolves when it answers, rejects where there is none or it does not begin. */
  static async start(folder: string): Promise<ClickHouseServer> {
    const ports = await freePorts(3)
    for (const name of ['data', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
    const config = join(folder, 'config.xml')
    writeFileSync(config, configOf(folder, ports))
    writeFileSync(join(folder, 'users.xml'), USERS)
    const child = spawn('clickhouse-server', ['--config-file', config], { cwd: folder, stdio: 'ignore' })
    const kill = () => child.kill('SIGKILL')
    // Whatever ends this process, the server does not outlive it.
    process.once('exit', kill)
    child.once('close', () => process.off('exit', kill))
    const failed = once(child, 'close').then(([code]) => {
      throw new Error(`clickhouse-server ended with ${String(code)}`)
    })
    failed.catch(() => undefined)
    const server = new ClickHouseServer(child, `http://127.0.0.1:${String(ports[0])}`)
    try {
      await Promise.race([server.#answers(), failed])
    } catch (error) {
      await server.end()
      throw error
    }
    return server
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves when it has ended; may be called again. Its folder is thrown away: nothing needs to be saved. */
  async end(): Promise<void> {
    const child = this.#child
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }

  /** Runs a statement that has no answer. */
  async run(sql: string): Promise<void> {
    await this.#post(sql)
  }

  async rows(sql: string): Promise<unknown[][]> {
    return (JSON.parse(await this.#post(`${sql} FORMAT JSONCompact`)) as { data: unknown[][] }).data
  }

  /** Runs a query; its only row, as numbers. */
  async numbers(sql: string): Promise<number[]> {
    return ((await this.rows(sql))[0] ?? []).map(Number)
  }

  async #post(sql: string): Promise<string> {
    const answer = await fetch(this.url, { method: 'POST', body: sql })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`ClickHouse: ${text}`)
    return text
  }

  async #answers(): Promise<void> {
    const begun = performance.now()
    while (performance.now() - begun < START_MS) {
      const answer = await fetch(this.url).catch(() => null)
      if (answer?.ok === true) return
      await sleep(LOOK_EVERY_MS)
    }
    throw new Error(`clickhouse-server did not answer within ${START_MS} ms`)
  }
}

/** As test/support/clickhouse.ts has it, which needs the test runner. */
function configOf(folder: string, [http, tcp, interserver]: readonly number[]): string {
  return `<yandex>
    <logger><level>warning</level><log>${folder}/server.log</log><errorlog>${folder}/error.log</errorlog></logger>
    <http_port>${String(http)}</http_port><tcp_port>${String(tcp)}</tcp_port>
    <interserver_http_port>${String(interserver)}</interserver_http_port><listen_host>127.0.0.1</listen_host>
    <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
    <mark_cache_size>268435456</mark_cache_size>
    <users_config>${folder}/users.xml</users_config>
    <default_profile>default</default_profile><default_database>default</default_database>
    <query_log><database>system</database><table>query_log</table>
      <flush_interval_milliseconds>1000</flush_interval_milliseconds></query_log>
  </yandex>`
}

const USERS = `<yandex>
    <profiles><default><max_memory_usage>4000000000</max_memory_usage><log_queries>1</log_queries></default></profiles>
    <users><default><password></password><networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile><quota>default</quota></default></users>
    <quotas><default></default></quotas>
  </yandex>`

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
