import { readFileSync } from 'node:fs'
import { packageFile } from '../base/package-file.js'

const { version: text } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }

/** The package's version. */
export const version = text
