import * as abi from '../kernel/abi.js'
import type { Store } from './store.js'

/** Seeds the hashes; before any thread has bound the kernel. */
export function seedHashes(store: Store, seed: Uint8Array): void {
  new Uint8Array(store.memory.buffer, abi.HASH_SEED, 8).set(seed)
}

/** What the hashes are seeded with, a copy. */
export function seedOf(store: Store): Uint8Array {
  return Uint8Array.from(new Uint8Array(store.memory.buffer, abi.HASH_SEED, 8))
}
