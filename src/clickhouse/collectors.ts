import type { Granularity } from '../base/civil-date.js'
import { FootfallError } from '../base/errors.js'
import type { ShippedState } from '../history/shipment.js'
import { NO_COUNTS, type Counts } from '../store/board.js'
import { lossesOf } from '../store/counters.js'
import type { Losses } from '../store/losses.js'
import { isVoid, STATE_KINDS, type Heartbeat, type Mark, type StateRow } from './schema.js'

const MINUTE_MS = 60_000

/** One collector with what it has shipped. */
export interface Collector extends ShippedState {
  readonly name: string
  /** When it last said that it is there, by its own clock, epoch ms; 0: never. */
  readonly seenAtMs: number
}

/** What a collector has shipped that has no commit yet. */
const NOTHING: ShippedState = {
  instance: '',
  version: '0',
  commit: 0,
  isWhole: true,
  nowMs: null,
  oldestLiveMinute: 0,
  floors: { day: null, week: null, month: null },
  offset: 0,
  counts: NO_COUNTS,
  waiting: 0,
  losses: lossesOf(new Float64Array(0))
}

/** A row of a collector's own: its name, the row's kind, its JSON. */
export type OwnRow = readonly [name: string, kind: number, state: string]

/** All collectors at one instant of the tables. */
export class Collectors {
  /** By name. */
  readonly all: readonly Collector[]
  /** How many there are, and have been until they were forgotten. */
  readonly names: number
  /** Changes with whatever any of them ships, and with whatever is removed of them. */
  readonly version: string

  constructor(rows: readonly OwnRow[]) {
    this.names = new Set(rows.map(([name]) => name)).size
    const told = (wanted: number) =>
      new Map(rows.flatMap(([name, kind, text]) => (kind === wanted ? [[name, parse(name, text)]] : [])))
    const states = told(STATE_KINDS.state) as ReadonlyMap<string, StateRow>
    const seen = told(STATE_KINDS.heartbeat) as ReadonlyMap<string, Heartbeat>
    const marks = told(STATE_KINDS.forgotten) as ReadonlyMap<string, Mark>
    // One that has nothing to ship yet is there all the same.
    this.all = [...new Set([...states.keys(), ...seen.keys()])]
      .map((name) => ({
        ...shippedState(states.get(name), marks.get(name)),
        name,
        seenAtMs: seen.get(name)?.atMs ?? 0
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    const removals = [...marks].map(([name, { version }]) => `${name} ${version}`).sort()
    this.version = JSON.stringify([this.all.map(({ name, version }) => [name, version]), removals])
  }

  /** The clock: that of the collector furthest ahead; epoch ms, null before the first event. */
  get nowMs(): number | null {
    const clocks = this.all.flatMap(({ nowMs }) => (nowMs === null ? [] : [nowMs]))
    return clocks.length === 0 ? null : Math.max(...clocks)
  }

  /** Its minute; -1 before the first event. */
  get minute(): number {
    const { nowMs } = this
    return nowMs === null ? -1 : Math.floor(nowMs / MINUTE_MS)
  }

  /** Days and weeks that begin earlier are not kept by all. */
  get floors(): Readonly<Record<Granularity, number | null>> {
    const latest = (tier: Granularity) => {
      const floors = this.all.flatMap(({ floors }) => floors[tier] ?? [])
      return floors.length === 0 ? null : Math.max(...floors)
    }
    return { day: latest('day'), week: latest('week'), month: latest('month') }
  }

  /** Bytes of all sources that are included. */
  get offset(): number {
    return this.all.reduce((sum, { offset }) => sum + offset, 0)
  }

  /** Commits of all collectors. */
  get commit(): number {
    return this.all.reduce((sum, { commit }) => sum + commit, 0)
  }

  get waiting(): number {
    return this.all.reduce((sum, { waiting }) => sum + waiting, 0)
  }

  get counts(): Counts {
    const sum = (count: (counts: Counts) => number) =>
      this.all.reduce((total, { counts }) => total + count(counts), 0)
    const reasons = Object.keys(NO_COUNTS.rejected) as (keyof Counts['rejected'])[]
    return {
      lines: sum(({ lines }) => lines),
      blank: sum(({ blank }) => blank),
      accepted: sum(({ accepted }) => accepted),
      late: sum(({ late }) => late),
      unpriced: sum(({ unpriced }) => unpriced),
      anonymous: sum(({ anonymous }) => anonymous),
      fallback: sum(({ fallback }) => fallback),
      rejected: Object.fromEntries(
        reasons.map((reason) => [reason, sum(({ rejected }) => rejected[reason])])
      ) as Counts['rejected']
    }
  }

  /** What memory budgets have cost any of them. */
  get losses(): Losses {
    const losses = this.all.map((collector) => collector.losses)
    const sum = (loss: (of: Losses) => number) => losses.reduce((total, of) => total + loss(of), 0)
    const latest = (loss: (of: Losses) => number | null) => {
      const minutes = losses.flatMap((of) => loss(of) ?? [])
      return minutes.length === 0 ? null : Math.max(...minutes)
    }
    const since = losses.filter(({ otherEvents }) => otherEvents > 0).map(({ otherSinceMs }) => otherSinceMs)
    return {
      otherEvents: sum(({ otherEvents }) => otherEvents),
      otherSinceMs: since.length === 0 ? 0 : Math.min(...since),
      collapsedTo: latest(({ collapsedTo }) => collapsedTo),
      customersTo: latest(({ customersTo }) => customersTo),
      foldedAmounts: sum(({ foldedAmounts }) => foldedAmounts),
      earlyEvents: sum(({ earlyEvents }) => earlyEvents),
      forgottenItems: sum(({ forgottenItems }) => forgottenItems),
      merged: losses.flatMap(({ merged }) => merged)
    }
  }

  /** What statements are made from: as long as it is the same, a statement asks for the right rows. */
  get frame(): string {
    return JSON.stringify([
      this.minute,
      this.all.map(({ name, oldestLiveMinute, nowMs, floors }) => [
        name,
        oldestLiveMinute,
        nowMs === null,
        floors
      ])
    ])
  }
}

function shippedState(row: StateRow | undefined, mark: Mark | undefined): ShippedState {
  if (row === undefined) return NOTHING
  return { ...row, isWhole: row.isWhole && !isVoid(row, mark) }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new FootfallError('server', `the state of the collector ${name} in ClickHouse is no JSON`, {
      cause: error
    })
  }
}
