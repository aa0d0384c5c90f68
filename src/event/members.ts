/**
 * Walks over JSON text that `JSON.parse` has found valid, to get what it
 * throws away: the source text of a number. Time is linear in the text, and
 * nothing recurses.
 */

const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125

/**
 * The members of an object: decoded key → source text of its value.
 * Of duplicate keys the last one wins. What is nested is not looked into.
 *
 * @param text valid JSON whose value is an object
 */
export function readMembers(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let at = skipBlanks(text, text.indexOf('{') + 1)
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = skipString(text, at)
    const key = JSON.parse(text.slice(at, keyEnd)) as string
    const valueStart = skipBlanks(text, skipPunctuation(text, keyEnd, COLON))
    const valueEnd = skipValue(text, valueStart)
    members.set(key, text.slice(valueStart, valueEnd))
    at = skipPunctuation(text, valueEnd, COMMA)
  }
  return members
}

/**
 * The elements of an array, their source texts.
 *
 * @param text valid JSON whose value is an array
 */
export function readElements(text: string): string[] {
  const elements: string[] = []
  let at = skipBlanks(text, text.indexOf('[') + 1)
  while (at < text.length && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = skipValue(text, at)
    elements.push(text.slice(at, end))
    at = skipPunctuation(text, end, COMMA)
  }
  return elements
}

/**
 * Whether objects and arrays nest deeper than `limit`. Exact for valid JSON;
 * text that is not may be called either way, since it is `invalid_json` in
 * both cases.
 */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = skipString(text, at) - 1
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      depth++
      if (depth > limit) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      depth--
    }
  }
  return false
}

/** Blank, tab, LF and CR are what JSON allows between its tokens. */
function skipBlanks(text: string, from: number): number {
  let at = from
  while (isBlank(text.charCodeAt(at))) at++
  return at
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13
}

/** Skips blanks, the sign where it stands, and blanks behind it. */
function skipPunctuation(text: string, from: number, sign: number): number {
  const at = skipBlanks(text, from)
  return text.charCodeAt(at) === sign ? skipBlanks(text, at + 1) : at
}

/** From the opening quote to just behind the closing one, or the end of the text. */
function skipString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  }
  return Math.min(at + 1, text.length)
}

function skipValue(text: string, from: number): number {
  const first = text.charCodeAt(from)
  if (first === QUOTE) return skipString(text, from)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(text, from)
  let at = from
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++
  return at
}

function endsScalar(code: number): boolean {
  return code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || isBlank(code)
}

function skipContainer(text: string, from: number): number {
  let depth = 0
  let at = from
  do {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = skipString(text, at)
      continue
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
    at++
  } while (depth > 0 && at < text.length)
  return at
}
