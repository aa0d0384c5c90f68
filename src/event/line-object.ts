import type { Place } from './mapping.js'
import { readElements, readMembers } from './members.js'

/** The source text of JSON's null: a member that has it is missing. */
const NULL = 'null'

/** An object of a line, looked into as far as is asked. */
export class LineObject {
  readonly #members: ReadonlyMap<string, string>
  readonly #inner = new Map<string, LineObject | null>()

  /** @param text valid JSON whose value is an object */
  constructor(text: string) {
    this.#members = readMembers(text)
  }

  /** The source text at the first of the places that has a value; undefined where none has one but null. */
  first(places: readonly Place[]): string | undefined {
    for (const place of places) {
      const source = this.#at(place)
      if (source !== undefined && source !== NULL) return source
    }
    return undefined
  }

  /** The source texts of the elements of the array at a place; none where there is no array. */
  elements(place: Place): string[] {
    const source = this.#at(place)
    return source?.startsWith('[') === true ? readElements(source) : []
  }

  /** What is on the way must be objects; what is no object has no members. */
  #at([key = '', ...rest]: Place): string | undefined {
    if (rest.length === 0) return this.#members.get(key)
    const object = this.#object(key)
    return object === null ? undefined : object.#at(rest)
  }

  #object(key: string): LineObject | null {
    const known = this.#inner.get(key)
    if (known !== undefined) return known
    const source = this.#members.get(key)
    const object = source?.startsWith('{') === true ? new LineObject(source) : null
    this.#inner.set(key, object)
    return object
  }
}
