import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** The guide to the API, and the address that its examples ask. */
export const GUIDE = join(ROOT, 'docs', 'api.md')
export const ADDRESS = 'http://127.0.0.1:3000'

/** A guide's code blocks of a language; default: the guide to the API. */
export function blocks(language: string, guide = GUIDE): string[] {
  const text = readFileSync(guide, 'utf8')
  const fenced = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm')
  return [...text.matchAll(fenced)].map(([, code = '']) => code)
}
