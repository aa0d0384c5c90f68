/**
 * Keeps tap's module hooks out of threads and commands that tests start: tap has them in NODE_OPTIONS to learn
 * which files are loaded, and on Node below 24.13 they cost a thread of their own beside every thread.
 */
const { NODE_OPTIONS } = process.env
if (NODE_OPTIONS !== undefined) {
  const others = NODE_OPTIONS.replace(/"?--import=[^" ]*@tapjs\/processinfo[^" ]*"?/g, '').trim()
  if (others === '') delete process.env['NODE_OPTIONS']
  else process.env['NODE_OPTIONS'] = others
}
