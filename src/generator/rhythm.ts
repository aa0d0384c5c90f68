const HOUR_MS = 3_600_000
const SLICE_MS = 300_000

/** How busy the shop is at each full hour of a UTC day; in between on a straight line. The night is quiet, the evening is not. */
const HOURLY = [
  0.45, 0.3, 0.22, 0.18, 0.17, 0.22, 0.4, 0.65, 0.9, 1.05, 1.15, 1.25, 1.35, 1.3, 1.2, 1.15, 1.2, 1.35, 1.55,
  1.75, 1.8, 1.6, 1.2, 0.8
]

/** The busiest hour against the mean one. */
export const PEAK = Math.max(...HOURLY) / (HOURLY.reduce((sum, weight) => sum + weight, 0) / HOURLY.length)

/**
 * Spreads arrivals over a span by the rhythm of the day.
 *
 * @param startMs first instant, epoch ms
 * @param endMs end of the span, exclusive; after `startMs`
 * @returns a function from a part of all arrivals, in [0, 1), to the instant
 *   (whole ms) by which that part has come. It must be asked in rising order:
 *   it walks over the span once.
 */
export function createArrivals(startMs: number, endMs: number): (part: number) => number {
  const total = totalWeight(startMs, endMs)
  let sliceStart = startMs
  let sliceEnd = endOfSlice(startMs, endMs)
  let before = 0
  return (part) => {
    const wanted = part * total
    let inSlice = weightOf(sliceStart, sliceEnd)
    while (before + inSlice <= wanted && sliceEnd < endMs) {
      before += inSlice
      sliceStart = sliceEnd
      sliceEnd = endOfSlice(sliceStart, endMs)
      inSlice = weightOf(sliceStart, sliceEnd)
    }
    const share = Math.min(Math.max((wanted - before) / inSlice, 0), 1)
    return Math.min(sliceStart + Math.floor(share * (sliceEnd - sliceStart)), endMs - 1)
  }
}

function totalWeight(startMs: number, endMs: number): number {
  let total = 0
  for (let at = startMs; at < endMs; at = endOfSlice(at, endMs)) total += weightOf(at, endOfSlice(at, endMs))
  return total
}

/** Slices of five minutes, cut to the span: within one the rate is constant. */
function endOfSlice(startMs: number, endMs: number): number {
  return Math.min((Math.floor(startMs / SLICE_MS) + 1) * SLICE_MS, endMs)
}

function weightOf(sliceStart: number, sliceEnd: number): number {
  const hours = (sliceStart + sliceEnd) / 2 / HOUR_MS
  const hour = Math.floor(hours)
  const now = HOURLY[hour % 24] ?? 1
  const next = HOURLY[(hour + 1) % 24] ?? 1
  return (now + (next - now) * (hours - hour)) * (sliceEnd - sliceStart)
}
