import * as abi from '../kernel/abi.js'
import { EVENT_TYPES } from '../event/event.js'
import { FIELDS, ITEM_FIELDS, type FieldMapping, type Place, type TimeForm } from '../event/mapping.js'
import { eventTypeNumber } from '../metrics/metrics.js'

/** A name that the scanner looks for, and what it means (see NAME_MEANING). */
interface Name {
  readonly text: Buffer
  readonly meaning: number
}

/** What the scanner is told of a mapping; see the NAME_* and NODE_* of the kernel's constants. */
export interface NameTable {
  /** Keys of the mapping's objects, the line's first; of a flat mapping in the order of FIELDS. */
  readonly objects: readonly (readonly Name[])[]
  readonly types: readonly Name[]
  readonly isFlat: boolean
  readonly hasItems: boolean
  /** TIMES_*. */
  readonly times: number
}

const TIMES: Readonly<Record<TimeForm, number>> = {
  standard: abi.TIMES_STANDARD,
  utc: abi.TIMES_UTC,
  microseconds: abi.TIMES_MICROSECONDS
}

/** What the scanner is told of a mapping. */
export function nameTable(mapping: FieldMapping): NameTable {
  const { places, types, items, times } = mapping
  // Flat mappings, of one key of the line a field, are scanned in a faster way.
  const isFlat =
    items === null &&
    times !== 'microseconds' &&
    FIELDS.every((field) => places[field].length === 1 && places[field][0]?.length === 1)
  const objects: Name[][] = [[]]
  FIELDS.forEach((field, number) => {
    addPlaces(objects, 0, places[field], number)
  })
  if (items !== null) {
    const node = objects.push([]) - 1
    addPlace(objects, 0, items.place, abi.MEANING_ITEMS | node)
    for (const field of ITEM_FIELDS) addPlaces(objects, node, items.places[field], FIELDS.indexOf(field))
  }
  return {
    objects: isFlat ? objects : objects.map(byLength),
    types: byLength(
      EVENT_TYPES.flatMap((type) =>
        types[type].map((name) => ({ text: Buffer.from(name), meaning: eventTypeNumber(type) }))
      )
    ),
    isFlat,
    hasItems: items !== null,
    times: TIMES[times]
  }
}

/** Bytes of the table's parts, in their order. */
export function nameTableBytes({ objects, types, isFlat }: NameTable) {
  const names = [...objects.flat(), ...types]
  return {
    names: names.length * abi.NAME_BYTES,
    nodes: (isFlat ? 1 : 1 + objects.length) * abi.NODE_BYTES,
    texts: names.reduce((sum, { text }) => sum + text.length, 0)
  }
}

/** Writes the table to `start`, where the layout has made room for it. */
export function writeNames(view: DataView, table: NameTable, start: number): void {
  const { objects, types, isFlat } = table
  const bytes = nameTableBytes(table)
  let at = start
  let text = start + bytes.names + bytes.nodes
  for (const name of [...objects.flat(), ...types]) {
    writeName(view, name, at, text)
    at += abi.NAME_BYTES
    text += name.text.length
  }
  let node = start + bytes.names
  writeNode(view, types, node, start + objects.flat().length * abi.NAME_BYTES)
  if (isFlat) return
  let first = start
  for (const names of objects) {
    node += abi.NODE_BYTES
    writeNode(view, names, node, first)
    first += names.length * abi.NAME_BYTES
  }
}

function writeNode(view: DataView, names: readonly Name[], at: number, first: number): void {
  for (let length = 0; length <= abi.NODE_LENGTHS + 1; length++) {
    const shorter = names.filter((name) => lengthClass(name) < length).length
    view.setUint32(at + length * 4, first + shorter * abi.NAME_BYTES, true)
  }
}

function writeName(view: DataView, { text, meaning }: Name, at: number, textAt: number): void {
  const edges = Buffer.alloc(16)
  text.copy(edges, 0, 0, 8)
  if (text.length > 8) text.copy(edges, 8, text.length - 8)
  view.setUint32(at + abi.NAME_LENGTH, text.length, true)
  view.setUint32(at + abi.NAME_TEXT, textAt, true)
  view.setBigUint64(at + abi.NAME_FIRST, edges.readBigUInt64LE(0), true)
  view.setBigUint64(at + abi.NAME_LAST, edges.readBigUInt64LE(8), true)
  view.setUint32(at + abi.NAME_MEANING, meaning, true)
  text.forEach((byte, index) => {
    view.setUint8(textAt + index, byte)
  })
}

function addPlaces(objects: Name[][], from: number, places: readonly Place[], field: number): void {
  places.forEach((place, rank) => {
    addPlace(objects, from, place, field | (rank << abi.MEANING_RANK_SHIFT))
  })
}

/** Adds a place that begins in the object `from`, and the objects on the way that are not there yet. */
function addPlace(objects: Name[][], from: number, place: Place, meaning: number): void {
  const [key = '', ...rest] = place
  const names = objects[from]
  if (names === undefined) throw new RangeError(`there is no object ${from}`)
  const text = Buffer.from(key)
  if (rest.length === 0) {
    names.push({ text, meaning })
    return
  }
  const known = names.find((name) => name.text.equals(text))
  const node = known === undefined ? objects.push([]) - 1 : known.meaning & abi.MEANING_NODE
  if (known === undefined) names.push({ text, meaning: abi.MEANING_OBJECT | node })
  addPlace(objects, node, rest, meaning)
}

function byLength(names: readonly Name[]): Name[] {
  return [...names].sort((a, b) => lengthClass(a) - lengthClass(b))
}

function lengthClass({ text }: Name): number {
  return Math.min(text.length, abi.NODE_LENGTHS)
}
