import { createReadStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** Reads a file once, so that the first contestant is not the one that waits for the disk. */
export async function warmPageCache(path: string): Promise<void> {
  await finished(createReadStream(path, { highWaterMark: 1 << 20 }).resume())
}
