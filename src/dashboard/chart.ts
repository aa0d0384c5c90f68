import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { COUNTS, amount, majorUnits, shortAmount, type Unit } from './format.js'

export interface ChartProps {
  /** What it shows, for those who do not see it. */
  readonly label: string
  /** Where each bucket begins, epoch s. */
  readonly times: readonly number[]
  /** Where the last one ends, epoch s. */
  readonly until: number
  /** Null: nothing is known of the bucket. */
  readonly values: readonly (number | null)[]
  readonly unit?: Unit
  /** How the beginning of a bucket is written in the legend. */
  readonly nameOf: (seconds: number) => string
  readonly height?: number
}

/** One series as bars, which take the room that there is. */
export function Chart({
  label,
  times,
  until,
  values,
  unit = COUNTS,
  nameOf,
  height = 140
}: ChartProps): VNode {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const shown = useRef<Shown>({ times, until, nameOf })
  shown.current = { times, until, nameOf }
  useEffect(() => {
    const element = place.current
    if (element === null) return
    const made = new uPlot(optionsOf(element, label, unit, shown, height), [[], []], element)
    plot.current = made
    const seen = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height })
    })
    seen.observe(element)
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const redraw = () => {
      made.redraw()
    }
    scheme.addEventListener('change', redraw)
    return () => {
      scheme.removeEventListener('change', redraw)
      seen.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [label, unit.currency, unit.minorUnits, height])
  useEffect(() => {
    plot.current?.setData([
      [...times],
      values.map((value) => (value === null ? null : majorUnits(value, unit)))
    ])
  })
  const known = values.filter((value) => value !== null)
  const sum = known.reduce((total, value) => total + value, 0)
  const most = known.reduce((found, value) => Math.max(found, value), 0)
  const words = `${label}: ${amount(sum, unit)} in all, at most ${amount(most, unit)}`
  return html`<div class="chart" role="img" aria-label=${words} ref=${place}></div>`
}

/** What the plot asks for whenever it draws: it is made once. */
interface Shown {
  readonly times: readonly number[]
  readonly until: number
  readonly nameOf: (seconds: number) => string
}

function optionsOf(
  element: HTMLElement,
  label: string,
  unit: Unit,
  shown: { readonly current: Shown },
  height: number
): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(element).getPropertyValue(name)
  const inMajorUnits = { ...unit, minorUnits: 0 }
  const bars = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 })
  const nameOf = (seconds: number) => shown.current.nameOf(seconds)
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false }
  }
  return {
    width: element.clientWidth,
    height,
    legend: { live: true },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { range: () => [shown.current.times[0] ?? 0, shown.current.until] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most || 0) * 1.05] }
    },
    axes: [
      {
        ...axis,
        size: 40,
        space: 90,
        splits: (plot, _axis, _least, _most, step) => splitsOf(shown.current.times, plot.width, step),
        values: (_plot, ticks) => ticks.map(nameOf)
      },
      { ...axis, size: 56, values: (_plot, ticks) => ticks.map((tick) => shortAmount(tick, inMajorUnits)) }
    ],
    series: [
      { label: 'From', value: (_plot, seconds: number | null) => (seconds === null ? '–' : nameOf(seconds)) },
      {
        label,
        stroke: colour('--accent'),
        fill: colour('--accent-soft'),
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
        value: (_plot, value: number | null) => (value === null ? '–' : amountOf(value, unit))
      }
    ]
  }
}

/** Where an axis is labelled: at what is round in time, but never between the beginnings of two buckets. */
function splitsOf(times: readonly number[], width: number, step: number): number[] {
  const round = times.filter((time) => time % step === 0)
  const most = Math.max(1, Math.floor(width / 90))
  if (round.length > 0 && round.length <= most) return round
  const each = Math.ceil(times.length / most)
  return times.filter((_, place) => place % each === 0)
}

function amountOf(value: number, unit: Unit): string {
  return amount(Math.round(value * 10 ** unit.minorUnits), unit)
}
