/**
 * What a spreadsheet runs when a cell begins with it, as a regular expression
 * of JavaScript and of DuckDB (RE2); behind apostrophes, too, so that no two
 * texts become the same.
 */
export const FORMULA_PATTERN = "^'*[=+\\-@＝＋－＠\\t\\r\\n]"

const FORMULA = new RegExp(FORMULA_PATTERN)

/** A text as a cell that no spreadsheet runs: what would be a formula has an apostrophe before it. */
export function harmlessCell(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text
}
