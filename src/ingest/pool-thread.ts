import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { MOST_FOLD_ROWS, MOST_NEW_NAME_BYTES } from '../base/limits.js'
import { FootfallError, describeError } from '../base/errors.js'
import type { OmitEach } from '../base/omit-each.js'
import { takeChanges } from '../store/changes.js'
import { Kernel, type Shortage } from '../store/kernel.js'
import { LiveAnswers } from '../store/live.js'
import { restore } from '../store/restore.js'
import { ParsedSlot } from '../store/slot.js'
import { TicketQueue, type TakenBatch } from '../store/ticket-queue.js'
import { Turn } from '../store/turn.js'
import { createBatchParser, createFutureFinder } from './batch.js'
import type { Applied, Done, Failure, PoolResult, PoolSetup, Task } from './messages.js'

/**
 * What a thread of the pool does until nothing comes any more: parses batches at
 * any time, applies what is parsed when its turn has come, whoever parsed it,
 * and does in their turn the tasks that are sent to its port. Returns why it could
 * not go on, null when nothing went wrong here. Whatever fails aborts the
 * pipeline, since the store may be half written.
 */
export function serve(setup: PoolSetup, port: MessagePort): Failure | null {
  const turn = new Turn(setup.store)
  try {
    new PoolThread(setup, turn, port).run()
    return null
  } catch (error) {
    turn.abort()
    if (error instanceof FootfallError) return { code: error.code, message: error.message }
    return { code: 'ingest', message: `a worker failed: ${describeError(error)}` }
  } finally {
    port.close()
  }
}

/** What a task has come to. */
type DoneTask = OmitEach<Done, 'ticket'>

/** What works on a kernel that is bound. */
interface Bound {
  readonly kernel: Kernel
  readonly live: LiveAnswers
  readonly parse: ReturnType<typeof createBatchParser>
}

class PoolThread {
  readonly #setup: PoolSetup
  readonly #queue: TicketQueue
  readonly #turn: Turn
  readonly #port: MessagePort
  readonly #slots: readonly ParsedSlot[]
  readonly #futureRejections: ReturnType<typeof createFutureFinder>
  /** The ticket to which this thread last passed the turn. */
  #passedTo = 0
  #bound: Bound | null = null

  constructor(setup: PoolSetup, turn: Turn, port: MessagePort) {
    this.#setup = setup
    this.#queue = new TicketQueue(setup.store)
    this.#turn = turn
    this.#port = port
    this.#futureRejections = createFutureFinder(setup)
    this.#slots = setup.store.layout.slots.map((place) => new ParsedSlot(setup.store, place))
  }

  run(): void {
    for (;;) {
      const next = this.#queue.next()
      // A task is sent before its ticket is handed out: who sees the ticket finds the task.
      const sent = receiveMessageOnPort(this.#port) as { readonly message: Task } | undefined
      if (sent !== undefined) {
        if (!this.#runTask(sent.message)) return
        continue
      }
      const batch = this.#queue.take(null)
      if (batch === 'ended') return
      if (batch !== null) this.#runBatch(batch)
      else if (!this.#applyParked()) this.#queue.wait(next)
    }
  }

  #runBatch({ ticket, slot }: TakenBatch): void {
    const parsed = this.#slot(slot)
    const rejections = this.#kernel().parse(parsed)
    parsed.hasRejections = rejections.length > 0
    if (rejections.length > 0) this.#tell({ ticket, kind: 'parsed', rejections }, [])
    this.#turn.park(ticket, slot)
    // Whoever applied the batch before it has the state in its cache, and comes by: another leaves it to that thread.
    if (this.#turn.current() === this.#passedTo) this.#applyParked()
  }

  /** False when the pipeline was aborted meanwhile. */
  #runTask(task: Task): boolean {
    if (!this.#comeTo(task.ticket)) return false
    const done = this.#work(task)
    this.#pass(task.ticket)
    this.#tell({ ...done, ticket: task.ticket }, [])
    return true
  }

  /** Works on what is before a ticket until its turn has come; false when the pipeline was aborted. */
  #comeTo(ticket: number): boolean {
    for (;;) {
      const current = this.#turn.current()
      const batch = this.#queue.take(ticket)
      if (batch === 'ended') return false
      if (batch !== null) this.#runBatch(batch)
      else if (current === ticket) return true
      else if (!this.#applyParked()) this.#turn.wait(current)
    }
  }

  #work(task: Task): DoneTask {
    const { kernel, live } = this.#kernel()
    switch (task.kind) {
      case 'publish':
        return { kind: 'published', publishMs: this.#publish() }
      case 'tick':
        this.#makeRoom(() => kernel.prepareTick())
        kernel.tick(task.wallMs)
        return { kind: 'published', publishMs: this.#publish() }
      case 'confirm':
        this.#makeRoom(() => kernel.prepareTick())
        kernel.confirm()
        return { kind: 'published', publishMs: this.#publish() }
      case 'live':
        return { kind: 'answered', answer: live.answer(task.question) }
      case 'restore':
        if (task.state !== null) restore(this.#setup.store, kernel, task.state)
        kernel.setOffset(task.offset)
        return { kind: 'restored' }
      case 'changes': {
        const changes = takeChanges(this.#setup.store)
        kernel.dropFold()
        return { kind: 'changed', changes }
      }
    }
  }

  /** Applies what is parked as long as its turn has come, and tells the reader; false when there was nothing. */
  #applyParked(): boolean {
    const applied: Applied[] = []
    for (let next = this.#turn.claim(); next !== null; next = this.#turn.claim()) {
      applied.push(this.#applySlot(next.ticket, this.#slot(next.slot)))
      this.#pass(next.ticket)
    }
    if (applied.length > 0) this.#tell(null, applied)
    return applied.length > 0
  }

  #pass(ticket: number): void {
    this.#turn.pass()
    this.#passedTo = (ticket + 1) | 0
  }

  #tell(done: Done | null, applied: readonly Applied[]): void {
    this.#port.postMessage({ done, applied } satisfies PoolResult)
  }

  #applySlot(ticket: number, slot: ParsedSlot): Applied {
    const { kernel } = this.#kernel()
    const { wallMs, end, publish } = slot.batch()
    const earlyBoard = this.#setup.faults.earlyBoard === true
    this.#makeRoom(() => kernel.prepare(slot.place, slot.count))
    if (earlyBoard) {
      kernel.setOffset(end)
      kernel.publish()
    }
    const future = kernel.apply(slot.place, slot.count, wallMs, end)
    return {
      ticket,
      hasRejections: slot.hasRejections,
      publishMs: publish && !earlyBoard ? this.#publish() : null,
      waiting: waitingOf(kernel),
      rejections: future > 0 ? this.#futureRejections(slot) : []
    }
  }

  /** Makes sure that there is room for what is to be applied; throws a FootfallError (`capacity`) when there is none. */
  #makeRoom(prepare: () => Shortage | null): void {
    const shortage = prepare()
    if (shortage === null) return
    throw new FootfallError(
      'capacity',
      `the store has no room left for ${shortage}; ingest stopped before the batch that needs it`
    )
  }

  /** Publishes a board; how long that took, ms. */
  #publish(): number {
    const begun = performance.now()
    this.#kernel().kernel.publish()
    return performance.now() - begun
  }

  /** The kernel is bound when the first ticket comes: by then the hashes have their seed. */
  #kernel(): Bound {
    if (this.#bound === null) {
      const kernel = new Kernel(this.#setup.store)
      const live = new LiveAnswers(this.#setup.store, kernel)
      this.#bound = { kernel, live, parse: createBatchParser(this.#setup, kernel) }
    }
    return this.#bound
  }

  #slot(number: number): ParsedSlot {
    const slot = this.#slots[number]
    if (slot === undefined) throw new RangeError(`there is no slot ${number}`)
    return slot
  }
}

/** What waits for a commit, as a share of what may: rows of days need room for those of a batch besides. */
function waitingOf(kernel: Kernel): number {
  const rows = kernel.foldCount()
  return Math.max(
    (rows + kernel.newItemCount()) / MOST_FOLD_ROWS,
    kernel.newNameBytes() / MOST_NEW_NAME_BYTES,
    (2 * rows) / Math.max(1, kernel.foldRoom())
  )
}
