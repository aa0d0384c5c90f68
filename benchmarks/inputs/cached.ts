import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { BenchmarkOptions } from '../options.js'

/**
 * The path of a file that is written once: pieces of text, kept under a name
 * that ends in a hash of the first of them, so that a changed generator is not
 * answered with what an earlier one wrote.
 */
export function cachedFile(name: string, pieces: () => Iterable<string>, options: BenchmarkOptions): string {
  const { folder, tell } = options
  const path = join(folder, `${name}-${fingerprint(pieces())}.jsonl`)
  if (existsSync(path)) return path
  tell(`writing ${path}`)
  mkdirSync(folder, { recursive: true })
  const unfinished = `${path}.${process.pid}`
  try {
    const descriptor = openSync(unfinished, 'w')
    try {
      for (const piece of pieces()) writeSync(descriptor, piece)
    } finally {
      closeSync(descriptor)
    }
    renameSync(unfinished, path)
  } finally {
    rmSync(unfinished, { force: true })
  }
  return path
}

function fingerprint(pieces: Iterable<string>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) {
    hash.update(piece)
    break
  }
  return hash.digest('hex').slice(0, 8)
}
