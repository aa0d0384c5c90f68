import t, { type Test } from 'tap'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import type { History } from '../../src/history/history.js'
import type { Shipment } from '../../src/history/shipment.js'
import { seeded } from '../support/random.js'
import { OPTIONS } from './histories.js'
import { ShopModel } from './shop-model.js'

const PIECE = 50

/** A history with a commit of some hundred cells, of which nothing has been shipped. */
async function unshipped(t: Test): Promise<{ history: History; instance: string }> {
  const random = seeded(t)
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 100, maxStepMinutes: 1 })
  for (let event = 0; event < 1000; event++) model.event(random)
  const history = await openDuckDbHistory(OPTIONS)
  t.teardown(() => history.close())
  const { instance } = await history.beginShipping(null)
  await history.commit({ ...model.commit(), nowMs: null })
  return { history, instance }
}

/** Keys of a shipment's lines, without their amounts. */
function keysOf({ text }: Shipment): readonly string[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => line.split('\t').slice(0, 5).join(' '))
}

/** Ships all that there is, in pieces; the keys, and the last version. */
async function shipAll(history: History): Promise<{ keys: readonly string[]; version: bigint }> {
  const keys: string[] = []
  let version = 0n
  for (;;) {
    const shipment = await history.readShipment(PIECE)
    if (shipment === null) return { keys, version }
    version = shipment.version
    keys.push(...keysOf(shipment))
    await history.markShipped(shipment)
  }
}

t.test('a shipment that fails again and again is of the same cells', async (t) => {
  const { history } = await unshipped(t)
  const first = await history.readShipment(PIECE)
  t.ok(first!.rows > PIECE / 2 && first!.rows <= PIECE, `${first!.rows} rows`)
  for (let tries = 0; tries < 5; tries++) {
    const again = await history.readShipment(PIECE)
    t.strictSame(keysOf(again!).toSorted(), keysOf(first!).toSorted())
    t.ok(again!.version > first!.version)
  }
})

t.test('what is void at the receiver goes once more, if it is of this history as it is', async (t) => {
  const { history, instance } = await unshipped(t)
  const { keys, version } = await shipAll(history)
  const stranger = { instance: 'another', version, isVoid: true }
  await t.rejects(history.beginShipping(stranger), {
    code: 'usage',
    message: /belongs to another data directory/
  })
  const newer = { instance, version: version + 2n ** 40n, isVoid: true }
  await t.rejects(history.beginShipping(newer), { code: 'usage', message: /it is an older copy/ })
  t.match(await history.beginShipping({ instance, version, isVoid: true }), { instance, shipped: 0 })
  t.strictSame((await shipAll(history)).keys.toSorted(), keys.toSorted())
})

t.test('what has to go once more has all that was to go, and what had arrived', async (t) => {
  const { history, instance } = await unshipped(t)
  const sent = await history.readShipment(PIECE)
  await history.markShipped(sent!)
  const rest = await history.readShipment(PIECE)
  // The receiver has nothing: all that had arrived was removed there.
  t.match(await history.beginShipping(null), { instance, shipped: 0 })
  const keys = new Set((await shipAll(history)).keys)
  const lacking = [...keysOf(sent!), ...keysOf(rest!)].filter((key) => !keys.has(key))
  t.strictSame(lacking, [])
})
