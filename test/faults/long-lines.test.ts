import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { replayOf } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

/** Size of the line; FOOTFALL_TEST_LINE_BYTES asks for another. */
const LINE_BYTES = Number(process.env['FOOTFALL_TEST_LINE_BYTES'] ?? 64 * 2 ** 20)
const PIECE_BYTES = 2 ** 20
const VISIT = '{"event_type":"page_visit","timestamp":1700000000,"item_id":"a"}\n'

t.test('a line without an end in sight, and a hole of NULs, are one rejected line each', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const descriptor = openSync(file, 'w')
  writeSync(descriptor, VISIT)
  const piece = Buffer.alloc(PIECE_BYTES, 'x')
  for (let written = 0; written < LINE_BYTES; written += PIECE_BYTES) writeSync(descriptor, piece)
  let size =
    writeSync(descriptor, `\n${VISIT}`) + VISIT.length + Math.ceil(LINE_BYTES / PIECE_BYTES) * PIECE_BYTES
  // What is never written is read as NULs, and takes no room.
  size += LINE_BYTES
  ftruncateSync(descriptor, size)
  size += writeSync(descriptor, `\n${VISIT}`, size)
  closeSync(descriptor)
  const { accounting, bytes } = await replayOf(file)
  t.equal(bytes, size, 'all of it is read')
  t.match(accounting, {
    lines: 5,
    accepted: 3,
    rejected: 2,
    rejected_by_reason: { oversized_line: 2 }
  })
})
