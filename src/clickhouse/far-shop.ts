import { timeZoneTable } from '../base/time-zone.js'
import { FootfallError } from '../base/errors.js'
import { MAX_QUESTIONS } from '../base/limits.js'
import type { Answers, Question } from '../history/questions.js'
import type { LiveAnswer, LiveQuestion } from '../store/live.js'
import type { Collectors } from './collectors.js'
import type { Connection } from './connection.js'
import { FarHistory } from './far-history.js'
import { FarLive, type FarAnswer } from './far-live.js'
import { Scanner, type AsShipped } from './scan.js'

/** Everything that can be asked of all collectors. Whoever asks what is being asked already gets the same answer. */
export class FarShop {
  readonly #scanner: Scanner
  readonly #live: FarLive
  readonly #history: FarHistory
  readonly #asked = new Map<string, Promise<unknown>>()

  /** @param timeZone IANA name of the zone that days are of */
  constructor(connection: Pick<Connection, 'ask'>, timeZone: string) {
    this.#scanner = new Scanner(connection)
    this.#live = new FarLive(this.#scanner)
    this.#history = new FarHistory(this.#scanner, timeZoneTable(timeZone))
  }

  /** The collectors as they stand now. Rejects as `Connection.ask` does, here and below. */
  collectors(): Promise<Collectors> {
    return this.#scanner.collectors()
  }

  /** Rejects with `busy` when too much is being asked. */
  live<Q extends LiveQuestion>(question: Q): Promise<FarAnswer<Q['kind'] & LiveAnswer['kind']>> {
    return this.#once(`live ${keyOf(question)}`, () => this.#live.ask(question))
  }

  /** Rejects with `busy` when too much is being asked, with `usage` for what has no answer here. */
  history<Q extends Question>(question: Q): Promise<AsShipped<Answers[Q['kind']]>> {
    return this.#once(`history ${keyOf(question)}`, () => this.#history.ask(question))
  }

  #once<T>(key: string, ask: () => Promise<T>): Promise<T> {
    let asked = this.#asked.get(key)
    if (asked === undefined) {
      if (this.#asked.size >= MAX_QUESTIONS) {
        return Promise.reject(
          new FootfallError('busy', 'too many different questions are being asked; try again shortly')
        )
      }
      asked = ask().finally(() => this.#asked.delete(key))
      this.#asked.set(key, asked)
    }
    return asked as Promise<T>
  }
}

function keyOf(question: object): string {
  return JSON.stringify(question, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}
