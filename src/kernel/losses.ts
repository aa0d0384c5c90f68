/** What the memory budget has cost: words in the header, which boards and commits take over. */
import { LOSSES } from './abi'

// @ts-ignore: decorator
@inline
export function loss(number: i32): f64 {
  return load<f64>(<usize>(LOSSES + (number << 3)))
}

export function setLoss(number: i32, value: f64): void {
  store<f64>(<usize>(LOSSES + (number << 3)), value)
}

export function addLoss(number: i32): void {
  setLoss(number, loss(number) + 1)
}

/** Notes a minute, as the one behind it, unless a later one is noted. */
export function noteLast(number: i32, minute: i32): void {
  setLoss(number, max(loss(number), <f64>(minute + 1)))
}

/** Notes a minute, as the one behind it, unless an earlier one is noted. */
export function noteFirst(number: i32, minute: i32): void {
  const noted = loss(number)
  setLoss(number, noted == 0 ? <f64>(minute + 1) : min(noted, <f64>(minute + 1)))
}
