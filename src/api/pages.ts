import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { packageFile } from '../base/package-file.js'
import { sendText, tagOf, type Text } from './caching.js'
import { NoQuerySchema } from './parameters.js'
import { PAGE_HEADERS } from './security-headers.js'

/** A page of the package, or what it loads. */
export interface PageFile {
  readonly path: string
  readonly type: keyof typeof TYPES
  /** Its text, or where in the package the build has put it. */
  readonly content: { readonly text: string } | { readonly file: string }
}

export interface Pages {
  readonly files: readonly PageFile[]
  /** The Content-Security-Policy that the browser holds them to. */
  readonly policy: string
  /** Whether a token is wanted: answers are then for its holder alone. */
  readonly secured: boolean
}

const TYPES = {
  html: 'text/html; charset=utf-8',
  javascript: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8'
} as const

/** Serves pages: a route a file, which is read when it is first asked for. No path leads to any other file. */
export function servePages(app: FastifyInstance, { files, policy, secured }: Pages): void {
  for (const file of files) {
    let kept: Text | undefined
    const schema = { hide: true, querystring: NoQuerySchema }
    app.get(file.path, { schema, config: { page: true } }, (request, reply) => {
      kept ??= textOf(file)
      reply.headers({ ...PAGE_HEADERS, 'content-security-policy': policy })
      sendText(request, reply, kept, { isLasting: false, isPrivate: secured })
    })
  }
}

function textOf({ content, type }: PageFile): Text {
  const text = 'text' in content ? content.text : readFileSync(packageFile(content.file), 'utf8')
  return { text, type: TYPES[type], etag: tagOf(text) }
}
