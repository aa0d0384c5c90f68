/** A server-sent event that has data. */
export interface ServerEvent {
  readonly event: string
  readonly data: string
}

/**
 * Cuts text, in whatever pieces it comes, into server-sent events; comments and
 * what has no data are left out (HTML standard, 9.2.6). Throws where one is
 * longer than `most` characters.
 */
export async function* cutEvents(pieces: AsyncIterable<unknown>, most: number): AsyncGenerator<ServerEvent> {
  let text = ''
  for await (const piece of pieces) {
    text += String(piece)
    const blocks = text.split(/\r?\n\r?\n/)
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const found = eventOf(block)
      if (found !== null) yield found
    }
    if (text.length > most) throw new Error('an event is far too long')
  }
}

function eventOf(block: string): ServerEvent | null {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
    if (name === 'event') event = value
    else if (name === 'data') data.push(value)
  }
  return data.length === 0 ? null : { event, data: data.join('\n') }
}
