/** What was most likely meant: the one of `words` that is nearest to `word`; null where none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  const found = words
    .map((known) => ({ known, edits: editsBetween(word, known) }))
    .filter(({ known, edits }) => edits <= Math.max(1, Math.floor(Math.max(word.length, known.length) / 3)))
    .sort((a, b) => a.edits - b.edits)
  return found[0]?.known ?? null
}

/**
 * How many letters have to be put in, left out, replaced or swapped with the next
 * one (optimal string alignment).
 */
function editsBetween(from: string, to: string): number {
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row++) {
    const here = [row]
    for (let column = 1; column <= to.length; column++) {
      const at = (line: readonly number[], place: number) => line[place] ?? Infinity
      const isSame = from[row - 1] === to[column - 1]
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      here[column] = Math.min(
        at(above, column) + 1,
        at(here, column - 1) + 1,
        at(above, column - 1) + (isSame ? 0 : 1),
        row > 1 && column > 1 && isSwapped ? at(before, column - 2) + 1 : Infinity
      )
    }
    before = above
    above = here
  }
  return above[to.length] ?? 0
}
