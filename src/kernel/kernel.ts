/**
 * What the kernel offers. Every function but `bind`, `scan` and `hashBytes` changes
 * or reads the shared store and is called only by the thread that holds the
 * turn.
 */
export { confirm, restorePending } from './ahead'
export { bind } from './regions'
export { scan } from './scan'
export { hashBytes } from './hash'
export { apply, prepare, tick } from './apply'
export { clearFold } from './fold'
export { publish } from './board'
export { active } from './customers'
export { compareRange, rankRange, rankTrends } from './range'
export { itemNumber, rankOf, seriesOf, sumOfSeries } from './series'
export { restoreCells, restoreCustomers, restoreItem } from './restore'
