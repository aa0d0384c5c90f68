/** The counters of lines and events, in the order of COUNT_*. */
import { COUNTERS } from './abi'

// @ts-ignore: decorator
@inline
export function addCount(counter: u32, more: u64): void {
  const at = <usize>(COUNTERS + (counter << 3))
  store<u64>(at, load<u64>(at) + more)
}
