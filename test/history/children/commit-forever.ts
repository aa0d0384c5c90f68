/**
 * `PATH SEED [STEP COMMITS]`: commits a shop to a history and says the number
 * of each commit, until it is killed; or kills itself at a step of the given
 * commit of this run. Goes on where the history ends.
 */
import { openDuckDbHistory } from '../../../src/history/duckdb-history.js'
import { OPTIONS } from '../histories.js'
import { EVENTS_PER_COMMIT, shopOf } from './committing-shop.js'

const [path = '', seed = '', fatalStep, fatalCommit] = process.argv.slice(2)
let commits = 0

function step(name: string): void {
  if (name === fatalStep && commits === Number(fatalCommit)) process.kill(process.pid, 'SIGKILL')
}

const history = await openDuckDbHistory({ ...OPTIONS, path }, step)
const stored = (await history.restore())?.commit ?? 0
const { model, random } = shopOf(Number(seed))
for (let number = 1; ; number++) {
  for (let event = 0; event < EVENTS_PER_COMMIT; event++) model.event(random)
  const commit = model.commit()
  if (number <= stored) continue
  commits++
  const committed = await history.commit(commit)
  process.stdout.write(`${committed.commit}\n`)
}
