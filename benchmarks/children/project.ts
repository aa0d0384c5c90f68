import { fileURLToPath } from 'node:url'

/** The checkout; this file runs as dist/benchmarks/children/project.js. */
export const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url))

/** The product as its users start it. */
export const FOOTFALL = fileURLToPath(new URL('../../bin/footfall.js', import.meta.url))

/** A compiled script of `benchmarks/peers`. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}.js`, import.meta.url))
}

/** A compiled script of `benchmarks/children`. */
export function childScript(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url))
}
