import { statSync } from 'node:fs'
import { lineText, type ShopLine } from '../../src/generator/line.js'
import type { BenchmarkOptions } from '../options.js'
import { cachedFile } from './cached.js'
import { START_MS, type InputFile } from './shop-file.js'

/** Each of this many items is also put into a cart and bought. */
export const BOUGHT_EVERY = 10

const SPAN_MS = 3_000_000
const LINES_A_PIECE = 1000
/** Neighbours in the file are no neighbours in the catalogue. A prime above any catalogue that is asked for. */
const STRIDE = 1_000_000_007

/** A file in which every item of a large catalogue is visited once, all within the last hour. */
export function catalogueFile(options: BenchmarkOptions): InputFile {
  const { catalogue } = options
  const path = cachedFile(`catalogue-${catalogue}`, () => pieces(catalogue), options)
  const events = catalogue + 2 * Math.ceil(catalogue / BOUGHT_EVERY)
  return { path, events, hours: 1, sizeBytes: statSync(path).size }
}

function* pieces(catalogue: number): Generator<string, void, undefined> {
  let piece = ''
  for (let number = 0; number < catalogue; number++) {
    for (const line of linesOf(number, catalogue)) piece += `${lineText(line)}\n`
    if ((number + 1) % LINES_A_PIECE !== 0) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

function linesOf(number: number, catalogue: number): ShopLine[] {
  const item = Number((BigInt(number) * BigInt(STRIDE)) % BigInt(catalogue))
  const timestamp = new Date(START_MS + Math.floor((number / catalogue) * SPAN_MS)).toISOString()
  const common = { timestamp, item_id: `sku_${item}`, customer_id: `c_${number % 1000}` }
  const visit: ShopLine = { event_type: 'page_visit', ...common }
  if (item % BOUGHT_EVERY !== 0) return [visit]
  return [
    visit,
    { event_type: 'add_to_cart', ...common, quantity: 1 },
    { event_type: 'purchase', ...common, quantity: 1, price: 9.99 }
  ]
}
