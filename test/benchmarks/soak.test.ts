import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import t from 'tap'
import { trendsOf } from '../../benchmarks/soak/growth.js'
import { DEFAULTS, readArguments } from '../../benchmarks/soak/options.js'
import { soakText } from '../../benchmarks/soak/report.js'
import { soak, type SoakResult } from '../../benchmarks/soak/soak.js'
import type { Sample } from '../../benchmarks/soak/sample.js'
import { temporaryFolder } from '../support/pipelines.js'

const SAMPLE: Sample = {
  ...{ seconds: 0, lines: 0, rssBytes: 2 ** 28, peakBytes: 2 ** 28, storeBytes: 0, cells: 0 },
  ...{ descriptors: 40, threads: 16, lagBytes: 0, databaseBytes: 0 }
}

t.test(
  'all that was written is counted once, over rotations and a restart',
  { skip: process.platform === 'linux' ? false : 'needs /proc' },
  async (t) => {
    const folder = temporaryFolder(t)
    const options = { ...DEFAULTS, minutes: 0.2, rate: 500, rotateSeconds: 2, workers: 2, folder }
    // It rejects when a count is not what was written.
    const result = await soak(options)
    t.same(result.exits, [0, 0])
    t.ok(result.lines >= 6000 && result.accepted <= result.lines)
    t.ok(result.rotations > 0)
    t.ok(result.samples.length > 0)
    t.match(soakText(options, result, trendsOf(result)), /append to answer/)
    t.same(readdirSync(folder), [], 'its files are gone')
  }
)

t.test('what grows is told from what only fills the live window', (t) => {
  const growing = (change: (minute: number) => Partial<Sample>): string[] => {
    const samples = Array.from({ length: 60 }, (_, minute) => ({
      ...SAMPLE,
      seconds: minute * 60,
      ...change(minute)
    }))
    const result: Pick<SoakResult, 'samples' | 'freshness'> = { samples, freshness: [] }
    return trendsOf(result)
      .filter(({ grows }) => grows)
      .map(({ name }) => name)
  }
  const MiB = 2 ** 20
  t.same(
    growing(() => ({})),
    []
  )
  t.same(
    growing((minute) => ({ descriptors: 40 + minute })),
    ['descriptors']
  )
  t.same(
    growing((minute) => ({ rssBytes: (256 + 2 * minute) * MiB })),
    ['memory besides the store']
  )
  t.same(
    growing((minute) => ({ rssBytes: (256 + 2 * minute) * MiB, storeBytes: 2 * minute * MiB })),
    []
  )
  t.same(
    growing((minute) => (minute === 59 ? { lagBytes: 1e9 } : {})),
    [],
    'one outlier is no growth'
  )
  t.end()
})

t.test('wrong options are told', (t) => {
  t.equal(readArguments([]).options.workers, availableParallelism())
  t.same(readArguments(['--minutes', '0.5', '--rate', '100']).options.minutes, 0.5)
  for (const wrong of [
    ['--minutes', '0'],
    ['--minutes', 'x'],
    ['--rate', '1.5'],
    ['--minutes', '1440']
  ]) {
    t.throws(() => readArguments(wrong), { message: new RegExp(wrong[0]!) })
  }
  t.end()
})
