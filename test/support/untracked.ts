/**
 * Keeps tap's module hooks out of the threads and commands that tests start: it has them in NODE_OPTIONS to learn
 * which files are loaded, and on Node below 24.13 they cost a thread of their own beside every thread.
 */
const { NODE_OPTIONS } = process.env
// Threads get the environment as it is.
if (NODE_OPTIONS !== undefined) {
  const others = NODE_OPTIONS.replace(/"?--import=[^" ]*@tapjs\/processinfo[^" ]*"?/g, '').trim()
  if (others === '') delete process.env['NODE_OPTIONS']
  else process.env['NODE_OPTIONS'] = others
}

/** A command and its arguments, for `spawn` and the like: into the environment of what they start tap puts its hooks again. */
export function untracked(command: string, args: readonly string[]): [string, string[]] {
  return ['/usr/bin/env', ['-u', 'NODE_OPTIONS', command, ...args]]
}
