import { mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { GRANULARITIES } from '../../src/base/civil-date.js'
import { openDuckDbHistory } from '../../src/history/duckdb-history.js'
import { COMMIT_STEPS } from '../../src/history/write-commit.js'
import { seeded } from '../support/random.js'
import { compare, liveStateOf, OPTIONS, textOf, WHOLE } from './histories.js'
import { columnsOf, ShopModel } from './shop-model.js'
import { packIds } from '../../src/store/item-ids.js'

for (const timeZone of ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Pacific/Apia', 'America/New_York']) {
  t.test(`${timeZone}: all answers are those of the model, across restarts`, async (t) => {
    const random = seeded(t)
    const path = join(t.testdir(), 'history.db')
    const options = { ...OPTIONS, path, timeZone }
    const startMs = Date.UTC(2010 + random.int(15), random.int(12), 1 + random.int(28))
    const model = new ShopModel({ timeZone, startMs, items: 25, maxStepMinutes: 90 })
    let history = await openDuckDbHistory(options)
    const { seed } = history
    t.equal(await history.restore(), null)
    for (let round = 1; round <= 12; round++) {
      for (let event = random.int(300); event >= 0; event--) model.event(random)
      t.strictSame(await history.commit(model.commit()), { commit: round })
      if (random.oneIn(3)) await compare(t, history, model, random)
      const status = await history.status()
      const {
        acceptedEvents,
        waitingEvents,
        liveEvents,
        monthEvents,
        dayEvents,
        weekEvents,
        ...differences
      } = status.conservation
      t.strictSame(differences, { dayDifference: 0n, weekDifference: 0n })
      t.strictSame([acceptedEvents, waitingEvents], [BigInt(model.events + 1), 1n])
      t.equal(liveEvents + monthEvents, BigInt(model.events), 'all that was accepted is there')
      t.strictSame([dayEvents, weekEvents], [monthEvents, monthEvents])
      if (!random.oneIn(2)) continue
      await history.close()
      history = await openDuckDbHistory(options)
      t.strictSame(history.seed, seed)
      const restored = await history.restore()
      t.equal(restored?.commit, round)
      t.equal(restored && liveStateOf(restored), model.liveState(), 'the live window comes back')
      t.strictSame([...restored!.counters], [model.events, Math.PI, model.events + 1, 0])
      t.strictSame([...restored!.pending.subarray(0, 3)], [1, 2, model.events % 256])
      t.equal(restored!.pending.length, 32)
      t.equal(restored?.nowMs, model.minute * 60_000)
      t.strictSame(restored?.sources.length, 1)
      t.equal(restored?.sources[0]?.offset, model.events * 100)
      t.equal(restored?.sources[0]?.inode, '9007199254740993')
    }
    await compare(t, history, model, random)
    await history.close()
  })
}

t.test('a commit that breaks at any step leaves the last one, and can be handed over again', async (t) => {
  const random = seeded(t)
  for (const inMemory of [false, true]) {
    const path = inMemory ? null : join(t.testdir(), 'history.db')
    const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 25, maxStepMinutes: 60 })
    let broken: string | null = null
    const history = await openDuckDbHistory({ ...OPTIONS, path }, (step) => {
      if (step === broken) throw new Error(`broken at ${step}`)
    })
    for (const [round, step] of COMMIT_STEPS.filter((step) => step !== 'committed').entries()) {
      for (let event = 0; event < 200; event++) model.event(random)
      const commit = model.commit()
      const before = await history.restore()
      const questions = () =>
        Promise.all(
          GRANULARITIES.map((granularity) => history.series({ ...WHOLE, metric: 'revenue', granularity }))
        )
      const answers = await questions()
      broken = step
      await t.rejects(history.commit(commit), { code: 'history', message: `broken at ${step}` })
      t.equal(textOf(await history.restore()), textOf(before), step)
      t.strictSame(await questions(), answers)
      broken = null
      t.strictSame(await history.commit(commit), { commit: round + 1 })
    }
    await compare(t, history, model, random)
    await history.close()
  }
})

t.test('when the end of a commit fails, the file decides whether it is stored', async (t) => {
  for (const way of ['the same commit again', 'a restore']) {
    const path = join(t.testdir(), 'history.db')
    const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 25, maxStepMinutes: 60 })
    const random = seeded(t)
    let onCommitted = (): void => undefined
    const history = await openDuckDbHistory({ ...OPTIONS, path }, (step) => {
      if (step === 'committed') onCommitted()
    })
    const next = () => {
      for (let event = 0; event < 50; event++) model.event(random)
      return model.commit()
    }
    onCommitted = () => {
      throw new Error('not synced')
    }
    t.strictSame(await history.commit(next()), { commit: 1 }, 'it is stored: nothing has failed')

    onCommitted = () => {
      renameSync(path, `${path}.away`)
      mkdirSync(path)
      throw new Error('the disk is gone')
    }
    const refused = next()
    await t.rejects(history.commit(refused), { code: 'history', message: 'the disk is gone' })
    for (let attempt = 0; attempt < 3; attempt++) {
      await t.rejects(history.status(), { code: 'history', message: path })
      await t.rejects(history.commit(refused), { code: 'history', message: path })
    }
    rmdirSync(path)
    renameSync(`${path}.away`, path)
    onCommitted = () => undefined
    const astray = { code: 'history', message: /commit 2 is stored although it was reported as failed/ }
    await t.rejects(history.status(), astray)
    const other = next()
    await t.rejects(history.commit(other), astray, 'nothing may be counted twice')
    if (way === 'a restore') t.equal((await history.restore())?.commit, 2)
    else t.strictSame(await history.commit(refused), { commit: 2 }, 'it is not written again')
    t.strictSame(await history.commit(other), { commit: 3 })
    await compare(t, history, model, random)
    t.equal((await history.status()).conservation.acceptedEvents, BigInt(model.events + 1), way)
    await history.close()
  }
})

t.test('an empty history has no buckets, no top items and nothing to restore', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  t.equal(history.seed.length, 8)
  t.equal(await history.restore(), null)
  for (const itemId of [null, 'x']) {
    t.strictSame(
      await history.series({ metric: 'views', granularity: 'day', fromDay: 1, toDay: 9, itemId }),
      []
    )
  }
  t.strictSame(await history.topItems({ metric: 'views', granularity: 'week', bucket: 4, limit: 10 }), {
    rows: [],
    totalItems: 0,
    sum: 0n,
    other: 0n,
    otherBefore: 0n,
    sealed: false,
    expired: false,
    previousStart: -3
  })
  t.strictSame(await history.status(), {
    commit: 0,
    tiers: ['live', 'day', 'week', 'month'].map((tier) => ({ tier, rows: 0, bytes: 0, oldest: null })),
    databaseBytes: 0,
    conservation: {
      acceptedEvents: 0n,
      waitingEvents: 0n,
      liveEvents: 0n,
      dayEvents: 0n,
      weekEvents: 0n,
      monthEvents: 0n,
      dayDifference: 0n,
      weekDifference: 0n
    },
    ageingFailure: null
  })
  await history.close()
  await t.rejects(history.restore(), { code: 'history' })
})

t.test('a series is what is asked for, in whole buckets', async (t) => {
  const history = await openDuckDbHistory(OPTIONS)
  // 2026-11-20 is a Friday.
  const day = Date.UTC(2026, 10, 20) / 86_400_000
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 1, maxStepMinutes: 1 })
  await history.commit({
    ...model.commit(),
    nowMs: null,
    days: columnsOf([
      { day, item: 1, amounts: [3n, 0n, 0n, 0n, 0n] },
      { day: day + 5, item: 0, amounts: [4n, 0n, 0n, 0n, 0n] }
    ]),
    newItems: { first: 1, ids: packIds(['shoe']) },
    oldestLiveMinute: (day + 2) * 1440
  })
  const ask = async (granularity: 'day' | 'week' | 'month', from: number | null, to: number | null) => {
    const question = { metric: 'views', granularity, fromDay: from, toDay: to, itemId: null } as const
    return (await history.series(question)).map(({ start, value }) => [start - day, Number(value)])
  }
  const zeros = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => [from + index, 0])
  t.strictSame(await ask('day', null, null), [[0, 3], ...zeros(1, 5), [5, 4]])
  t.strictSame(await ask('day', day - 2, day + 1), [...zeros(-2, 0), [0, 3]])
  t.strictSame(await ask('day', day + 7, day + 9), zeros(7, 9))
  t.strictSame(await ask('day', day + 5, null), [[5, 4]])
  t.strictSame(await ask('day', day + 6, null), [])
  t.strictSame(await ask('day', day, day), [])
  t.strictSame(await ask('week', null, null), [
    [-4, 3],
    [3, 4]
  ])
  t.strictSame(await ask('week', day, day + 3), [[-4, 3]])
  t.strictSame(await ask('week', day, day + 4), [
    [-4, 3],
    [3, 4]
  ])
  t.strictSame(await ask('month', day + 10, day + 11), [[-19, 7]])
  await t.rejects(history.series({ ...WHOLE, metric: 'customers', granularity: 'day', itemId: 'shoe' }), {
    code: 'usage'
  })
  const again = await history.series({ ...WHOLE, metric: 'views', granularity: 'day', itemId: 'shoe' })
  t.strictSame(
    again.map(({ value, sealed }) => [Number(value), sealed]),
    [
      [3, true],
      [0, true],
      [0, false],
      [0, false],
      [0, false],
      [0, false]
    ]
  )
  await history.close()
})

t.test('interrupted, a commit is given up, and the next opening finds the one before it', async (t) => {
  const random = seeded(t)
  const path = join(t.testdir(), 'history.db')
  const model = new ShopModel({ timeZone: 'UTC', startMs: 1e12, items: 25, maxStepMinutes: 60 })
  for (const [round, step] of COMMIT_STEPS.filter((step) => step !== 'committed').entries()) {
    let interrupt = (): void => undefined
    const history = await openDuckDbHistory({ ...OPTIONS, path }, (reached) => {
      if (reached === step) interrupt()
    })
    for (let event = 0; event < 200; event++) model.event(random)
    const commit = model.commit()
    interrupt = () => {
      history.interrupt()
    }
    const later = [
      history.commit(commit),
      history.status(),
      history.series({ ...WHOLE, metric: 'views', granularity: 'day' })
    ]
    for (const outcome of await Promise.allSettled(later))
      t.match(outcome, { status: 'rejected', reason: { code: 'history' } }, step)
    await history.close()
    const next = await openDuckDbHistory({ ...OPTIONS, path })
    t.equal((await next.restore())?.commit ?? 0, round, `${step}: the last one is there`)
    t.strictSame(await next.commit(commit), { commit: round + 1 })
    await compare(t, next, model, random)
    await next.close()
  }
})
