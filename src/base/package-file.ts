import { existsSync } from 'node:fs'

/** The package's folder: the nearest one above this module that has a package.json, wherever it was bundled into. */
const ROOT = rootAbove(new URL('.', import.meta.url))

/** A file or folder of the package, by its path within it. */
export function packageFile(path: string): URL {
  return new URL(path, ROOT)
}

function rootAbove(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder
  const parent = new URL('..', folder)
  if (parent.href === folder.href) throw new Error('no package.json above the program')
  return rootAbove(parent)
}
