import type { HeadlineMember, HeadlineRow, Headlines } from '../headlines.js'

/** What a peer of the throughput benchmark prints: one JSON object. */
export interface PeerAnswer {
  readonly headlines: Headlines
  /** From where the peer began its work to the finished lists, without the start of Node; ms. */
  readonly elapsedMs: number
}

export function printAnswer(lists: Record<HeadlineMember, HeadlineRow[]>, begun: number): void {
  const answer: PeerAnswer = { headlines: lists, elapsedMs: performance.now() - begun }
  process.stdout.write(JSON.stringify(answer))
}
