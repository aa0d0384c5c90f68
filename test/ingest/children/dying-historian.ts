/** The historian thread, which once dies when it has stored a commit and nobody knows yet: see FOOTFALL_TEST_HISTORIAN. */
import { writeFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'

interface Death {
  readonly how: 'exit' | 'throw'
  /** A file that is made then. */
  readonly once: string
}

const { how, once } = JSON.parse(process.env['FOOTFALL_TEST_HISTORIAN'] ?? '') as Death
const port = parentPort!
const post = port.postMessage.bind(port)
port.postMessage = (message: { readonly kind: string; readonly answer?: { readonly commit?: number } }) => {
  if (message.kind === 'done' && message.answer?.commit !== undefined && isFirst()) die()
  else post(message)
}
await import('../../../workers/historian.js')

function die(): void {
  if (how === 'exit') process.exit(3)
  setImmediate(() => {
    throw new Error('this historian dies')
  })
}

function isFirst(): boolean {
  try {
    writeFileSync(once, '', { flag: 'wx' })
    return true
  } catch {
    return false
  }
}
