import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { COMMIT_STEPS } from '../../src/history/write-commit.js'
import { Random, seeded } from '../support/random.js'
import { untracked } from '../support/untracked.js'
import { EVENTS_PER_COMMIT, shopOf } from './children/committing-shop.js'
import { compare, liveStateOf, OPTIONS } from './histories.js'

const CHILD = fileURLToPath(new URL('./children/commit-forever.js', import.meta.url))
const KILLS = Number(process.env['FOOTFALL_TEST_KILLS'] ?? 8)

/** Opens what a kill has left and compares it with the same shop, never interrupted; returns its last commit. */
async function check(t: Test, path: string, seed: number, told: number, deep: boolean): Promise<number> {
  const history = await openDuckDbHistory({ ...OPTIONS, path })
  const restored = await history.restore()
  const commit = restored?.commit ?? 0
  t.ok(commit >= told, `commit ${commit} is there, ${told} was told`)
  const { model, random } = shopOf(seed)
  for (let number = 0; number < commit; number++) {
    for (let event = 0; event < EVENTS_PER_COMMIT; event++) model.event(random)
    model.commit()
  }
  if (restored !== null) {
    t.equal(liveStateOf(restored), model.liveState())
    t.equal(restored.counters[0], model.events)
    const { conservation } = await history.status()
    t.equal(conservation.liveEvents + conservation.monthEvents, BigInt(model.events))
    if (deep) await compare(t, history, model, new Random(seed))
  }
  await history.close()
  return commit
}

t.test('kill -9 at any instant leaves the last finished commit', async (t) => {
  const random = seeded(t)
  const seed = random.int(2 ** 31)
  const path = join(t.testdir(), 'history.db')
  let last = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    const child = spawn(...untracked(process.execPath, [CHILD, path, String(seed)]), {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const exited = once(child, 'exit')
    let told = last
    let lines = 0
    const enough = 1 + random.int(6)
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      const numbers = chunk.split('\n').filter(Boolean).map(Number)
      told = Math.max(told, ...numbers)
      lines += numbers.length
      if (lines < enough || child.killed) continue
      // Some way into the next commit: as many turns of this loop as chance says.
      for (let turns = random.int(3000); turns > 0; turns--) await new Promise(setImmediate)
      child.kill('SIGKILL')
    }
    await exited
    last = await check(t, path, seed, told, kill % 4 === 0)
  }
})

t.test('killed at any step of a commit, the one before is there; killed after, the commit', async (t) => {
  const seed = seeded(t).int(2 ** 31)
  const path = join(t.testdir(), 'history.db')
  let last = 0
  for (const step of COMMIT_STEPS) {
    const child = spawnSync(...untracked(process.execPath, [CHILD, path, String(seed), step, '2']), {
      encoding: 'utf8'
    })
    t.equal(child.signal, 'SIGKILL', `${step}: ${child.stderr}`)
    const told = Number(child.stdout.trim().split('\n').at(-1))
    const found = await check(t, path, seed, told, false)
    t.equal(found, last + (step === 'committed' ? 2 : 1), step)
    last = found
  }
})
