import { readFileSync } from 'node:fs'

/** Clock ticks of /proc: 100 a second on every Linux there is. */
const TICK_MS = 10

/** What a process has used so far on all processors, ms; null where there is no /proc. */
export function processorMs(pid: number): number | null {
  if (process.platform !== 'linux') return null
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may have blanks in it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** What it has used since then; null where one of both is not known. */
export function processorMsSince(pid: number, before: number | null): number | null {
  const now = processorMs(pid)
  return now === null || before === null ? null : now - before
}
