import { readFileSync, writeSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { USAGE_DESCRIPTOR, type Usage } from './usage.js'

// Preloaded into a child (`node --import`): it tells at its exit what it has used, so that programs which know
// nothing of benchmarks, the product's own command among them, are all measured in the same way.
if (isMainThread) {
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
    const usage: Usage = {
      peakRssBytes: highWaterBytes() ?? maxRSS * 1024,
      cpuMs: Math.round((userCPUTime + systemCPUTime) / 1000)
    }
    writeSync(USAGE_DESCRIPTOR, JSON.stringify(usage))
  })
}

/**
 * Linux' maxRSS outlives exec: a child of a large process begins with the peak
 * of that one. VmHWM is the program's own.
 */
function highWaterBytes(): number | null {
  if (process.platform !== 'linux') return null
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
  return found === null ? null : Number(found[1]) * 1024
}
