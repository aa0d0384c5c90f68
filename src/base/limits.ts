/**
 * Every bound of footfall that is not a rule of a line (those are in
 * `src/event/limits.ts`). The relations between them that other code relies on
 * are asserted by `test/base/limits.test.ts`.
 */

/** Events further ahead of the machine's clock than this are rejected as `future_timestamp`; ms. */
export const MAX_AHEAD_MS = 5 * 60 * 1000

/** A dead letter's excerpt of the line; bytes of the source. */
export const MAX_EXCERPT_BYTES = 256

/** A dead-letter file of this size is set aside, and so many are kept besides the present one; bytes. */
export const MIN_DEAD_LETTERS_BYTES = 64 * 1024
export const DEFAULT_DEAD_LETTERS_BYTES = 64 * 1024 * 1024
export const MAX_DEAD_LETTERS_BYTES = 1024 ** 4
export const OLD_DEAD_LETTER_FILES = 3

/** While the dead-letter file cannot be written, so many letters wait, and it is tried again this often; ms. */
export const MAX_WAITING_LETTERS = 10_000
export const DEAD_LETTER_RETRY_MS = 1000

/** When over half of so many lines, the first of a run, are rejected, that is said. */
export const FIRST_LINES = 1000

/** Of a source that may grow, at least so many are judged; of one that has ended, all there are. */
export const FEWEST_JUDGED_LINES = 20

/** The live window: what the shared store keeps by the minute. */
export const LIVE_WINDOW_MINUTES = 24 * 60

/** Rows of the board, and the greatest `limit` of a ranking. */
export const MAX_ROWS = 100
export const DEFAULT_ROWS = 10

/** What the reader reads at once; bytes. */
export const MIN_CHUNK_BYTES = 1024
export const DEFAULT_CHUNK_BYTES = 1024 * 1024
export const MAX_CHUNK_BYTES = 16 * 1024 * 1024

/** Items and customers of a simulated shop; each takes up to 16 bytes while it runs. */
export const MAX_SIMULATED = 10_000_000

/** Threads of the pool. */
export const MAX_WORKERS = 64
/** Of more cores the default memory would not have room for what is counted. */
export const MOST_DEFAULT_WORKERS = 32

/**
 * A thread may be at one batch for so long, at another task of the store (a
 * restore, a ranking of 24 hours) for longer; ms, counted in so many looks: while
 * the process is suspended nothing is looked at.
 */
export const BATCH_DEADLINE_MS = 30_000
export const DEADLINE_LOOKS = 30
export const TASK_DEADLINE_LOOKS = 20 * DEADLINE_LOOKS

/** Ingest is started again after a failure so many times in a row without getting any further. */
export const MAX_RESTARTS = 5

/** A run that has caught up and gone on for so long has got further, even where nothing came; ms. */
export const STEADY_MS = 60_000

/** Threads of a run that has failed may take so long to end, those that hang less; then they are ended. ms */
export const TEARDOWN_MS = 60_000
export const HUNG_TEARDOWN_MS = 1000

/** Quarantined lines that the status names: the last ones. */
export const MAX_QUARANTINED_SHOWN = 10

/** Tasks besides batches wait for others to be done when so much is handed out and not applied. */
export const MAX_OUTSTANDING_TASKS = 256

/**
 * Batches that are under way at a time: those that are parsed, one that is being
 * filled, and some that are parsed and wait, so that whoever does not apply has
 * something to parse.
 */
export function slotsFor(workers: number): number {
  return workers + Math.min(workers, 8) + 3
}

/** Under load the board is published at most this often; ms. */
export const PUBLISH_INTERVAL_MS = 50

/** Different windows that may be asked for at a time: each takes the pool from the events for a while. */
export const MAX_QUESTIONS = 16

/** Elements of a series of days, weeks or months. */
export const MAX_SERIES = 5000

/** An answer of sealed buckets may be kept this long; s. */
export const SEALED_CACHE_SECONDS = 365 * 24 * 3600

/** Texts that are shorter are sent as they are: a packet more or less is not at stake. */
export const LEAST_COMPRESSED_CHARS = 1024
/** Answers that are kept compressed, and tags of answers that are. */
export const MAX_COMPRESSED_KEPT = 64
export const MAX_TAGS_KEPT = 256

/** The status asks the history at most this often, and waits at most so long for its first answer; ms. */
export const HISTORY_STATUS_MS = 1000
export const FIRST_HISTORY_STATUS_MS = 2000

/** What leaves the live window is committed this often; s. */
export const DEFAULT_COMMIT_SECONDS = 5
/** The same where commits are shipped to ClickHouse, which answers for all collectors; s. */
export const SHIPPED_COMMIT_SECONDS = 1
export const MAX_COMMIT_SECONDS = 86_400

/** How long days and weeks are kept; months are kept for ever. */
export const DEFAULT_KEEP_DAYS = 400
export const DEFAULT_KEEP_WEEKS = 260

/** Resident memory of the whole process; bytes. Of more than the greatest the store could use nothing. */
export const DEFAULT_MEMORY_BYTES = 2 * 2 ** 30
/** What a single worker without a history and with the least chunks needs, about; most need more, and are told how much. */
export const MIN_MEMORY_BYTES = 256 * 2 ** 20
export const MAX_MEMORY_BYTES = 8 * 2 ** 30

/** Rows of days and new items that may wait for a commit before reading waits for it: about a second's worth of writing. */
export const MOST_FOLD_ROWS = 500_000
/** The same of the names of new items, which a commit has in memory several times; bytes. */
export const MOST_NEW_NAME_BYTES = 16 * 2 ** 20

/** Memory that the history's database may take; MB. */
export const HISTORY_MEMORY_MB = 256

/** At the end of a followed file its size is asked for this often; ms. */
export const POLL_INTERVAL_MS = 20

/** With the wall clock, windows move on at least this often; ms. */
export const TICK_INTERVAL_MS = 1000

/** A drain at SIGTERM or SIGINT takes at most this long; ms. */
export const SHUTDOWN_MS = 10_000

/** What cannot be committed within this is given up at the end, so that the database is closed within SHUTDOWN_MS; ms. */
export const COMMIT_AT_END_MS = 8000

/** A request must have come in whole after this long; ms. */
export const REQUEST_TIMEOUT_MS = 10_000

/** How often requests that have not come in whole by then are looked for; ms. */
export const REQUEST_CHECK_MS = 2000

/** A connection on which nothing moves is closed after this long, also when its client does not read; ms. */
export const CONNECTION_TIMEOUT_MS = 60_000

/** Connections at a time; one more is closed at once. Each takes a file descriptor and some KiB. */
export const MAX_CONNECTIONS = 12_000

/** Requests of a connection that may wait for the answers before them; browsers let none wait. */
export const MAX_PIPELINED = 32

/** All headers of a request with its URL, and the URL alone; bytes, characters. */
export const MAX_HEADER_BYTES = 16 * 1024
export const MAX_URL_CHARS = 8192

/** Requests a minute of an address that is not of this machine. */
export const DEFAULT_RATE_LIMIT = 600
export const MAX_RATE_LIMIT = 1_000_000_000

/** When the main thread is so late, on average of a sample, requests are refused; ms. */
export const MAX_EVENT_LOOP_DELAY_MS = 2000
export const EVENT_LOOP_SAMPLE_MS = 5000

/** Streams of snapshots that may be open at a time. */
export const MAX_STREAMS = 2000

/** A stream is sent a snapshot at most this often; ms. Its other times are counted in such ticks. */
export const STREAM_TICK_MS = 1000
/** Where nothing is sent for so long, a comment is: whoever is in between closes what is silent. */
export const HEARTBEAT_TICKS = 15
/** A stream whose client takes nothing for so long is closed. */
export const STALLED_STREAM_TICKS = 60
/** A client that has lost its stream is to wait so long before it asks for another; ms. */
export const STREAM_RETRY_MS = 2000

/** No request needs a body: one that has to be read may be this long; bytes. */
export const MAX_BODY_BYTES = 1024

/** A part of a path may be this long: an id with every byte percent-encoded; characters. */
export const MAX_PATH_PART_CHARS = 3 * 256

/** A problem names at most this many bad parameters. */
export const MAX_PROBLEM_ERRORS = 20

/** From here on a relative change is told as how many times as much, on a terminal and on the dashboard: 1,000 %. */
export const TOLD_AS_MULTIPLE = 10
