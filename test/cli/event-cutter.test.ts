import t from 'tap'
import { cutEvents, type ServerEvent } from '../../src/cli/event-cutter.js'

async function cut(pieces: readonly string[], most = 1000): Promise<ServerEvent[]> {
  const found: ServerEvent[] = []
  // eslint-disable-next-line @typescript-eslint/require-await -- as a response comes
  const arriving = (async function* () {
    yield* pieces
  })()
  for await (const event of cutEvents(arriving, most)) found.push(event)
  return found
}

const TEXT =
  'retry: 2000\n\nid: a-1\nevent: snapshot\ndata: {"a":1}\n\n:\n\ndata:two\ndata: lines\n\nevent: snapshot\ndata: cut'

t.test('events are the same however the text is cut; comments and halves are none', async (t) => {
  const expected = [
    { event: 'snapshot', data: '{"a":1}' },
    { event: 'message', data: 'two\nlines' }
  ]
  for (let at = 0; at <= TEXT.length; at++)
    t.strictSame(await cut([TEXT.slice(0, at), TEXT.slice(at)]), expected, `at ${at}`)
  t.strictSame(await cut(TEXT.split('')), expected)
  t.strictSame(await cut([TEXT.replaceAll('\n', '\r\n')]), expected, 'with CR')
})

t.test('what JSON leaves as it is ends no line', async (t) => {
  const data = JSON.stringify({ item_id: 'a\u2028b\u2029c\u0085d' })
  t.strictSame(await cut([`data: ${data}\n\n`]), [{ event: 'message', data }])
})

t.test('what never ends is not kept', async (t) => {
  await t.rejects(cut(['data: ', 'x'.repeat(2000)]), { message: 'an event is far too long' })
})
