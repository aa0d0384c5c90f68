import { FIELDS, ITEM_FIELDS, type Field, type FieldMapping, type Place } from '../../src/event/mapping.js'
import type { Random } from './random.js'
import type { ValueFuzzer } from './value-fuzzer.js'

/** An object in the making: members as source texts, and the objects in it. */
interface Node {
  readonly members: string[]
  readonly inner: Map<string, Node>
}

/** What the members of a line are made with. */
export interface Making {
  readonly random: Random
  readonly values: ValueFuzzer
  readonly mapping: FieldMapping
  readonly key: (key: string) => string
  readonly value: (field: Field) => string
}

/** The members of a line for a mapping of any kind: fields under one or several of their names, objects, items. */
export function eventMembers(making: Making): string[] {
  const { random, values, mapping } = making
  const { items, places } = mapping
  const hasItems = items !== null && !random.oneIn(4)
  const fields = FIELDS.filter((field) => !hasItems || !isItemField(field) || values.rarely(3))
  const line = treeOf(making, places, fields)
  if (items !== null && hasItems) {
    const { node, key } = nodeFor(line, items.place)
    node.members.push(`${making.key(key)}:${arrayOf(making)}`)
  }
  return membersOf(making, line)
}

function isItemField(field: Field): boolean {
  return (ITEM_FIELDS as readonly string[]).includes(field)
}

function arrayOf(making: Making): string {
  const { random, values, mapping } = making
  const { items } = mapping
  if (items === null || values.rarely(20)) return values.odd()
  const count = random.oneIn(40) ? random.int(60) : random.oneIn(3) ? 1 : random.int(5)
  const comma = random.oneIn(3) ? ', ' : ','
  const elements = Array.from({ length: count }, () =>
    values.rarely(40) ? values.anything(2) : objectText(making, treeOf(making, items.places, ITEM_FIELDS))
  )
  return values.rarely(60) ? `[${elements.join(comma)},]` : `[${elements.join(comma)}]`
}

/** Values for fields, mostly under one name each, now and then under several of which some are null. */
function treeOf<F extends Field>(
  making: Making,
  places: Readonly<Record<F, readonly Place[]>>,
  fields: readonly F[]
): Node {
  const { random, values } = making
  const tree: Node = { members: [], inner: new Map() }
  for (const field of fields) {
    const isRequired = field === 'event_type' || field === 'timestamp' || field === 'item_id'
    if (places[field].length === 0 || (isRequired ? values.rarely(20) : random.oneIn(4))) continue
    const named = random.oneIn(4) ? 1 + random.int(3) : 1
    for (let name = 0; name < named; name++) {
      const { node, key } = nodeFor(tree, random.pick(places[field]))
      const value = named > 1 && random.oneIn(3) ? 'null' : making.value(field)
      // The same name twice is for the reference parser, and not what most lines should be.
      const member = `${making.key(key)}:${value}`
      if (values.rarely(10) || !node.members.some((other) => other.startsWith(`${JSON.stringify(key)}:`)))
        node.members.push(member)
    }
  }
  return tree
}

function nodeFor(tree: Node, place: Place): { node: Node; key: string } {
  let node = tree
  for (const key of place.slice(0, -1)) {
    const inner = node.inner.get(key) ?? { members: [], inner: new Map<string, Node>() }
    node.inner.set(key, inner)
    node = inner
  }
  return { node, key: place.at(-1) ?? '' }
}

function membersOf(making: Making, { members, inner }: Node): string[] {
  const { random, values } = making
  const made = [...members]
  for (const [key, node] of inner) {
    const text = values.rarely(40) ? values.anything(1) : objectText(making, node)
    made.splice(random.int(made.length + 1), 0, `${making.key(key)}:${text}`)
    if (values.rarely(60)) made.push(`${making.key(key)}:${random.pick([text, 'null', '{}'])}`)
  }
  return made
}

function objectText(making: Making, node: Node): string {
  const { random, values } = making
  const members = membersOf(making, node)
  for (let extra = random.oneIn(2) ? random.int(4) : 0; extra > 0; extra--) {
    const key = random.pick(['"name"', '"currency"', '"item_id"', '"event"', '""', '"items"'])
    if (members.some((other) => other.startsWith(`${key}:`)) && !values.rarely(4)) continue
    members.splice(random.int(members.length + 1), 0, `${key}:${values.anything(2)}`)
  }
  const comma = random.oneIn(4) ? ', ' : values.rarely(60) ? random.pick([',,', ';', ' ']) : ','
  const edge = random.oneIn(6) ? ' ' : ''
  return `{${edge}${members.join(comma)}${edge}${values.rarely(80) ? random.pick(['', ']', '}}']) : '}'}`
}
