import type { Board } from '../store/board.js'
import { formatBytes } from '../store/budget.js'
import { describeLosses, type LossKind } from '../store/losses.js'

/** What the memory budget has cost, in words, each kind of which is told once. */
export class LossNotices {
  readonly #budget: string
  readonly #notice: (message: string) => void
  readonly #told = new Set<LossKind>()

  /** `budget`: bytes. */
  constructor(budget: number, notice: (message: string) => void) {
    this.#budget = formatBytes(budget)
    this.#notice = notice
  }

  /** What is not exact any more, as of a board, a line each; empty where all is. */
  describe(board: Board | null): readonly string[] {
    return board === null ? [] : [...describeLosses(board.losses, board.items, this.#budget).values()]
  }

  /** Tells what has begun with a board. */
  tell(board: Board | null): void {
    if (board === null) return
    for (const [kind, reason] of describeLosses(board.losses, board.items, this.#budget)) {
      if (this.#told.has(kind)) continue
      this.#told.add(kind)
      this.#notice(`${reason}; answers that it touches say so`)
    }
  }
}
