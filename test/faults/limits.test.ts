import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { MAIN, footfall, replayOf } from '../support/command.js'
import { historyAnswers } from '../support/history.js'
import { temporaryFolder } from '../support/pipelines.js'

/** A limit of the shell, and how a run may end under it. */
const LIMITS = [
  // The schema of a new database fits into its log, and the database itself does not.
  { limit: '-f 100', ends: /^footfall: the history [^\n]*File too large\n$/ },
  { limit: '-n 64', ends: null }
]

const skip = process.platform === 'win32' ? 'limits are those of a POSIX shell' : false

t.test(
  'under a limit a replay ends as without it, or in one clear line, and can be run again',
  { skip },
  async (t) => {
    const folder = temporaryFolder(t)
    const file = join(folder, 'events.jsonl')
    // No line is rejected: the history alone is written to.
    await footfall(['generate', '--events', '6000', '--items', '3000', '--hours', '60', '--out', file])
    const whole = await replayOf(file, ['--data-dir', join(folder, 'whole')])
    const history = await historyAnswers(join(folder, 'whole'))
    for (const { limit, ends } of LIMITS) {
      const dataDir = join(folder, `limit ${limit}`)
      const { status, stderr } = spawnSync(
        '/bin/sh',
        [
          '-c',
          `ulimit ${limit}; exec "$@"`,
          'sh',
          'env',
          '-u',
          'NODE_OPTIONS',
          process.execPath,
          MAIN
        ].concat(['replay', file, '--data-dir', dataDir, '--json']),
        { encoding: 'utf8' }
      )
      if (ends === null) t.equal(status, 0, limit)
      else {
        t.equal(status, 1, limit)
        t.match(stderr, ends, limit)
      }
      t.strictSame(await replayOf(file, ['--data-dir', dataDir]), whole, `${limit}: afterwards`)
      t.strictSame(await historyAnswers(dataDir), history, `${limit}: the history afterwards`)
    }
  }
)
