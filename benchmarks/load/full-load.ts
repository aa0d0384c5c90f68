import autocannon from 'autocannon'

/**
 * Asks for one URL over 32 connections as fast as it is answered, for so many
 * seconds; requests a second. Rejects when an answer is not 200 with `body`.
 */
export async function fullLoad(url: string, body: string, seconds: number): Promise<number> {
  const result = await autocannon({ url, connections: 32, duration: seconds, expectBody: body })
  const { requests, duration, errors, timeouts, mismatches, non2xx } = result
  if (errors + timeouts + mismatches + non2xx > 0) {
    throw new Error(
      `${url}: ${errors} errors, ${timeouts} timeouts, ${mismatches} other bodies, ${non2xx} other statuses`
    )
  }
  return requests.total / duration
}
