import t from 'tap'
import { MappingError, IDENTITY_MAPPING, parseMapping, type FieldMapping } from '../../src/event/mapping.js'
import { flat } from '../support/mappings.js'

function failure(pairs: readonly string[], base?: FieldMapping): MappingError {
  try {
    parseMapping(pairs, base)
  } catch (error) {
    if (error instanceof MappingError) return error
    throw error
  }
  throw new Error(`accepted: ${pairs.join(' ')}`)
}

t.test('no pairs leave the names as they are', (t) => {
  t.same(parseMapping([]), IDENTITY_MAPPING)
  t.end()
})

t.test('a field takes another key, an event type another value', (t) => {
  const mapping = parseMapping(['timestamp=ts', 'item_id=sku', 'page_visit=view', 'price=unit=price'])
  t.same(mapping, flat({ timestamp: 'ts', item_id: 'sku', price: 'unit=price' }, { page_visit: 'view' }))
  t.same(IDENTITY_MAPPING.places.timestamp, [['timestamp']], 'the identity is not touched')
  t.end()
})

t.test('names may be swapped, and a key may be called like an event type', (t) => {
  const swapped = parseMapping(['item_id=customer_id', 'customer_id=item_id', 'price=purchase'])
  t.same(swapped, flat({ item_id: 'customer_id', customer_id: 'item_id', price: 'purchase' }))
  t.end()
})

t.test('pairs are laid over a base', (t) => {
  const base = parseMapping(['timestamp=ts', 'purchase=order'])
  const mapping = parseMapping(['timestamp=time'], base)
  t.same(mapping, flat({ timestamp: 'time' }, { purchase: 'order' }))
  t.match(failure(['price=ts'], base).message, 'price=ts')
  t.end()
})

t.test('bad pairs are wrong usage, and the message names the pair', (t) => {
  const cases: [string[], string][] = [
    [['timestamp'], '"timestamp"'],
    [[''], '""'],
    [['timestamp='], '"timestamp="'],
    [['=ts'], '"=ts"'],
    [['time=ts'], '"time=ts"'],
    [['constructor=ts'], '"constructor=ts"'],
    [['__proto__=ts'], '"__proto__=ts"'],
    [['Timestamp=ts'], '"Timestamp=ts"'],
    [['timestamp=ts', 'timestamp=ts'], '"timestamp=ts"'],
    [['price=quantity'], '"price=quantity"'],
    [['quantity=price'], '"quantity=price"'],
    [['price=x', 'quantity=x'], '"quantity=x"'],
    [['page_visit=purchase'], '"page_visit=purchase"'],
    [['page_visit=x', 'purchase=x'], '"purchase=x"']
  ]
  for (const [pairs, named] of cases) {
    const error = failure(pairs)
    t.ok(error.message.includes(named), error.message)
  }
  t.end()
})

t.test('names in objects, items, and several names', (t) => {
  const mapping = parseMapping([
    ...['customer_id=user_id', 'customer_id=visitor', 'page_visit=view', 'page_visit=visit'],
    ...[
      'price=order.amount',
      'quantity=order\\.n',
      'item_id=o.lines[].sku',
      'item_id=sku',
      'price=o.lines[].p.net'
    ]
  ])
  t.strictSame(mapping.places.customer_id, [['user_id'], ['visitor']])
  t.strictSame(mapping.types.page_visit, ['view', 'visit'])
  t.strictSame(mapping.places.price, [['order.amount'], ['order', 'amount']])
  t.strictSame(mapping.places.quantity, [['order.n']], 'a dot that is part of a key')
  t.strictSame(mapping.places.item_id, [['sku']])
  t.strictSame(mapping.items, {
    place: ['o', 'lines'],
    places: { item_id: [['sku']], price: [['p', 'net']], quantity: [] }
  })
  t.strictSame(parseMapping(['item_id=.', 'price=a..b']).places.price, [['a..b']], 'no path has an empty key')
  t.strictSame(
    parseMapping(['item_id=lines\\[\\]']).places.item_id,
    [['lines[]']],
    'brackets that are part of a key'
  )
  for (const pairs of [
    ['price=i[].p'],
    ['item_id=i[].id', 'price=j[].p'],
    ['timestamp=i[].t', 'item_id=i[].id'],
    ['item_id=i[].', 'price=x'],
    ['price=a', 'quantity=a.b'],
    ['item_id=i[].id', 'price=i[].id'],
    ['item_id=i[].id', 'price=i'],
    ['item_id=i[].j[].id'],
    ['item_id=i[]'],
    ['item_id=i[].id[]']
  ]) {
    t.ok(failure(pairs).message.startsWith('bad mapping "'), pairs.join(' '))
  }
  t.end()
})
