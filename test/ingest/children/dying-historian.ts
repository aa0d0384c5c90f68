/**
 * The historian thread, with a bug: once it has stored a commit, and before
 * anybody knows, it throws. FOOTFALL_TEST_HISTORIAN: a file that is made then.
 */
import { writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

const port = parentPort!
const post = port.postMessage.bind(port)
port.postMessage = (message: { readonly kind: string; readonly answer?: { readonly commit?: number } }) => {
  if (message.kind !== 'done' || message.answer?.commit === undefined || !isFirst()) {
    post(message)
    return
  }
  setImmediate(() => {
    throw new Error('this historian dies')
  })
}
await import('../../../workers/historian.js')

function isFirst(): boolean {
  try {
    writeFileSync(process.env['FOOTFALL_TEST_HISTORIAN'] ?? '', '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
