import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
export const README = join(ROOT, 'README.md')
/** The guide to the API. */
export const API = join(ROOT, 'docs', 'api.md')
export const OPERATIONS = join(ROOT, 'docs', 'operations.md')

/** The address that examples ask. */
export const ADDRESS = 'http://127.0.0.1:3000'

/** A document's code blocks of a language. */
export function blocks(path: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm')
  return [...readFileSync(path, 'utf8').matchAll(fenced)].map(([, code = '']) => code)
}
