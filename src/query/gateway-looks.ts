import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { describeError, FootfallError } from '../base/errors.js'
import { HEADLINE_METRICS } from '../metrics/metrics.js'
import type { LiveAnswerOf } from '../store/live.js'
import { collectorWords } from './collector-words.js'
import type { FarAnswers, FarCollectors } from './far-answers.js'

/** How long it looks away between two looks at what collectors have shipped; ms. */
const LOOK_MS = 250

type OfCollectors<T> = T & { readonly collectors: FarCollectors }

/** The answers that are kept. */
export interface Kept {
  /** As they stood when the look began: what is shipped from then on is looked for again. */
  readonly collectors: FarCollectors
  /** In the order of HEADLINE_METRICS. */
  readonly rankings: readonly OfCollectors<LiveAnswerOf<'ranking'>>[]
  readonly shop: OfCollectors<LiveAnswerOf<'shop'>>
}

/** That answers are those of before, and why. */
export interface Stale {
  readonly reason: string
  /** Epoch ms. */
  readonly sinceMs: number
}

/** Told when the server stops answering, and when it answers again. */
export type LookNotice = (message: string, level: 'warn' | 'info') => void

/** Asks for the headlines and the shop whenever a collector has shipped something, and keeps them. */
export class GatewayLooks {
  readonly #far: FarAnswers
  readonly #noticed: LookNotice
  /** Tells revisions of this process from those of others. */
  readonly #name = randomBytes(6).toString('base64url')
  readonly #closed = new AbortController()
  #looks = 0
  #kept: Kept | null = null
  #standings = ''
  #stale: Stale | null = null
  #looking: Promise<void> = Promise.resolve()

  /** @param far asked by the looks alone: they wait for no question of anybody else */
  constructor(far: FarAnswers, noticed: LookNotice) {
    this.#far = far
    this.#noticed = noticed
  }

  /** Looks at the collectors until it is closed. Resolves after the first look, rejects where that fails. */
  async start(): Promise<void> {
    await this.#look().catch(unlessBusy)
    this.#looking = this.#keepLooking()
  }

  /** Ends the looks; one that is under way ends when its connection does. */
  async close(): Promise<void> {
    this.#closed.abort()
    await this.#looking
  }

  /** Null before the first look. */
  get kept(): Kept | null {
    return this.#kept
  }

  /** Null as long as the server answers. */
  get stale(): Stale | null {
    return this.#stale
  }

  /** Names what is kept, and how collectors are doing. */
  get revision(): string {
    return `${this.#name}-${this.#looks}`
  }

  async #keepLooking(): Promise<void> {
    while (await this.#looksAgain()) {
      try {
        await this.#look()
        if (this.#stale !== null) {
          this.#noticed('ClickHouse answers again: answers are of the present', 'info')
        }
        this.#stale = null
      } catch (error) {
        if (this.#stale !== null || this.#closed.signal.aborted || isBusy(error)) continue
        const reason = `${describeError(error)}; answers are those of before`
        this.#stale = { reason, sinceMs: Date.now() }
        this.#noticed(reason, 'warn')
      }
    }
  }

  /** Waits for the next look; false: it is closed. */
  async #looksAgain(): Promise<boolean> {
    const { signal } = this.#closed
    await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
    return !signal.aborted
  }

  /** Looks at the collectors, and asks anew for what is kept if one has shipped something. */
  async #look(): Promise<void> {
    const collectors = await this.#far.collectors()
    const standings = JSON.stringify(
      collectorWords(collectors, Date.now()).map(({ name, status }) => [name, status])
    )
    const kept = this.#kept
    const isNew = kept === null || kept.collectors.version !== collectors.version
    this.#kept = { ...(isNew ? await this.#ask() : kept), collectors }
    if (!isNew && standings === this.#standings) return
    this.#standings = standings
    this.#looks++
  }

  async #ask(): Promise<Omit<Kept, 'collectors'>> {
    const rankings: Kept['rankings'][number][] = []
    for (const { index, headline } of HEADLINE_METRICS) {
      const asked = { kind: 'ranking', metric: index, minutes: headline.windowMinutes, asOf: null } as const
      rankings.push(await this.#far.live({ ...asked, compare: false }))
    }
    return { rankings, shop: await this.#far.live({ kind: 'shop' }) }
  }
}

/** Collectors went on faster than they could be asked: the next look may do better, and until then the last one holds. */
function isBusy(error: unknown): boolean {
  return error instanceof FootfallError && error.code === 'busy'
}

function unlessBusy(error: unknown): void {
  if (!isBusy(error)) throw error
}
