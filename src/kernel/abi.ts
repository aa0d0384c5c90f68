/**
 * What the kernel (AssemblyScript) and its binding (TypeScript) must agree on:
 * numbers and offsets only, so that both compilers read this one file.
 * Offsets are bytes. The regions behind the header are computed by
 * `src/store/layout.ts`; their addresses are handed over in the header.
 *
 *   0          64 KiB                                             end
 *   ├──────────┼────────┬─────────┬────────┬─────── … ───┬─────────┤
 *   │ unused   │ header │ metrics │ boards │ store       │ slots   │
 *   └──────────┴────────┴─────────┴────────┴─────── … ───┴─────────┘
 */

/** Where the header begins; what lies below is left to the compiler. */
const HEADER = 65536

// ── Control words: i32, read and written with Atomics only ──────────────────
/** The ticket whose turn it is. Single writer: the thread that holds the turn. */
export const TURN = HEADER
/** 1 once a thread has failed: whoever waits for a turn gives up. Writer: any thread, 0 to 1 only. */
export const ABORTED = 65540
/** Number of boards published; its lowest bit names the half that is valid. Counted up by the turn's holder alone. */
export const BOARD_SEQUENCE = 65544
/** Tickets that were handed out. Single writer: the reader. */
export const HANDED_OUT = 65548
/** The next ticket that a thread of the pool takes. */
export const TAKEN = 65552
/** The turn that the reader waits for, i32: it is woken then and not before. */
export const AWAITED = 65556

// ── Region table: u32 addresses and capacities, written once by the layout ──
export const REGIONS = 65600
export const REGION_METRICS = 0
export const REGION_BOARDS = 1
export const REGION_BOARD_BYTES = 2
export const REGION_LISTS = 3
export const REGION_HISTOGRAM = 4
export const REGION_ITEM_INDEX = 5
export const REGION_ITEM_HASHES = 6
export const REGION_ITEM_NAMES = 7
export const REGION_ITEM_MARKS = 8
export const REGION_FOLD_LAST = 9
export const REGION_ITEM_SUMS = 10
export const REGION_TOTALS = 11
export const REGION_ITEM_CAPACITY = 12
export const REGION_ARENA = 13
export const REGION_ARENA_END = 14
export const REGION_CUSTOMER_INDEX = 15
export const REGION_CUSTOMERS = 16
export const REGION_KINDS = 17
export const REGION_CUSTOMER_CAPACITY = 18
export const REGION_FOLD_INDEX = 19
export const REGION_FOLD_HASHES = 20
export const REGION_FOLD_ROWS = 21
export const REGION_FOLD_CAPACITY = 22
export const REGION_PENDING = 23
export const REGION_PENDING_CAPACITY = 24
export const REGION_CHUNKS = 25
export const REGION_CHUNKS_END = 26
export const REGION_RANKING = 27
export const REGION_METRIC_COUNT = 28
export const REGION_HEADLINE_COUNT = 29
export const REGION_WALL_CLOCK = 30
export const REGION_KEEP_MINUTE = 31
export const REGION_NAMES = 32
export const REGION_MINOR_DIGITS = 33
/** Where local days begin: pairs of i32, a minute and the offset from it on in minutes, ascending; and how many. */
export const REGION_ZONE = 34
export const REGION_ZONE_COUNT = 35
/** 1 when what leaves the live window goes into a history: only then is noted what has changed. */
export const REGION_KEEPS_HISTORY = 36
/** A byte a live minute: whether its cells have changed since the last commit. */
export const REGION_CHANGED_MINUTES = 37
/** Sketches of unique customers, SKETCH_BYTES a local day, from the day FIRST_SKETCH_DAY on. */
export const REGION_SKETCHES = 38
/** u32 a day: the epoch in which its sketch was last changed. */
export const REGION_SKETCH_EPOCHS = 39
/** i32: the days whose sketches have changed in this epoch. */
export const REGION_CHANGED_SKETCHES = 40
export const REGION_SKETCH_DAYS = 41
/** The node of the values that mean event types. */
export const REGION_TYPES = 42
/** The nodes of a mapping that is not flat; 0 for one that is. */
export const REGION_NODES = 43
/** TIMES_*: which timestamps there are besides CONTRACT's. */
export const REGION_TIMES = 44
/** u64 an item: what it had in the period before, for a comparison. */
export const REGION_ITEM_BEFORE = 45
/** What answers are written to, ANSWER_BYTES; see there. */
export const REGION_ANSWER = 46
/** Minutes that have ended and left, for comparing with the day before: ENDED_BYTES, then LEFT entries; see there. */
export const REGION_DAY_BEFORE = 47
export const REGION_COUNT = 48

// ── State: written by the turn's holder only ────────────────────────────────
/** f64, epoch ms: the greatest accepted event time, or the machine's clock. */
export const NOW = 65792
/** i32: the minute of NOW, in minutes since the epoch; -1 before the first event. */
export const CURRENT_MINUTE = 65800
export const ITEM_COUNT = 65804
export const ITEM_INDEX_SIZE = 65808
export const ARENA_NEXT = 65812
export const CUSTOMER_COUNT = 65816
export const CUSTOMER_INDEX_SIZE = 65820
export const FOLD_COUNT = 65824
export const FOLD_INDEX_SIZE = 65828
export const PENDING_COUNT = 65832
export const CHUNKS_NEXT = 65836
export const CHUNKS_FREE = 65840
export const CHUNKS_FREE_COUNT = 65844
export const LIVE_CELLS = 65848
export const MERGE_MARK = 65852
/** u64: seed of the hashes, written once. */
export const HASH_SEED = 65856
/** f64: byte of the source up to which the state includes everything. */
export const OFFSET = 65864
/** f64: revenue of all records that there was room for, minor units. */
export const REVENUE = 65872
/** u64 counters, in the order of COUNT_*. */
export const COUNTERS = 65880
/** u32: counts commits; what carries the present number has changed since the last one. */
export const EPOCH = 66052
/** u32: items that the last commit included. */
export const COMMITTED_ITEMS = 66056
/** u32: sketches changed in this epoch. */
export const CHANGED_SKETCHES = 66060
/** f64: time of the event that is held until the next one decides on it, epoch ms; 0: there is none. See `ahead`. */
export const UNDECIDED = 66064
/** i32: the first minute that an event waits for, while one does. */
export const PENDING_FIRST = 66072
/** f64s, LOSS_COUNT of them: what the memory budget has cost. 0 where nothing; kept over restarts. */
export const LOSSES = 66080

/** Events of items that were not known and that there was no room for; they count as `(other)`. */
export const LOSS_OTHER = 0
/** Time of the first of them, epoch ms. */
export const LOSS_OTHER_SINCE = 1
/** The minute behind the last one in which the amounts of items were added up to `(other)`. */
export const LOSS_COLLAPSED = 2
/** The minute behind the last one in which a customer was seen who could not be told apart. */
export const LOSS_CUSTOMERS = 3
/** Amounts that went to `(other)` of their day, as there was no room for a row of their item. */
export const LOSS_FOLDED = 4
/** Events ahead of the clock that could not wait for their minute and count in their day alone. */
export const LOSS_EARLY = 5
/** The minute behind their first one's, and behind their last one's. */
export const LOSS_EARLY_FIRST = 6
export const LOSS_EARLY_LAST = 7
/** Of the first metric, the others follow: the minute before which its minutes are merged by the hour. */
export const LOSS_MERGED = 8
/** Metrics that there is a word for. */
export const MOST_METRICS = 8
/** Items of an earlier run that had more memory, and that this one has no room for: they count as `(other)`. */
export const LOSS_FORGOTTEN = 16
export const LOSS_COUNT = 17

// ── The pool of customers, rows of days and cells, see `pool`. u32s; up to POOL_LEAST_CHUNKS written once ──
/** KiB that they share. */
export const POOL_KIB = 66216
/** What a customer, a row and a chunk of cells take of it, without their index; bytes. */
export const POOL_CUSTOMER_BYTES = 66220
export const POOL_ROW_BYTES = 66224
export const POOL_CHUNK_BYTES = 66228
/** How many of each there is room for in any case. */
export const POOL_LEAST_CUSTOMERS = 66232
export const POOL_LEAST_ROWS = 66236
export const POOL_LEAST_CHUNKS = 66240
/** The most customers and rows there were when some were dropped. */
export const CUSTOMERS_MOST = 66244
export const FOLD_MOST = 66248
/** Rows of days that there was room for at the last `prepare`. */
export const FOLD_ROOM = 66252

/** Customers active in the live window. */
export const ACTIVE_DAY = 66256
/** u32: 1 when what is kept of the day before has changed since the last commit. */
export const DAY_BEFORE_CHANGED = 66260

export const COUNT_LINES = 0
export const COUNT_BLANK = 1
export const COUNT_ACCEPTED = 2
export const COUNT_LATE = 3
export const COUNT_UNPRICED = 4
export const COUNT_ANONYMOUS = 5
export const COUNT_FALLBACK = 6
/** The first rejection reason; the others follow in the order of `REJECTION_REASONS`. */
export const COUNT_REJECTED = 7
/** Reasons there are: the length of their list, which a test checks. */
export const REASON_COUNT = 13
export const REASON_FUTURE = 11
/** Accepted items of lines beyond the first of each; behind the reasons. */
export const COUNT_CONTINUED = 20
export const COUNTER_COUNT = 21

/** More than there can be tickets handed out and not applied; a power of two. */
export const TICKET_WORDS = 512
/**
 * Parked batches: i32 words, touched with Atomics only; word `ticket mod
 * TICKET_WORDS` is the batch's slot + 1, and the rest of the ticket above it,
 * while it is parsed and nobody applies it. Set by who parsed it, taken by who
 * applies it.
 */
export const PARKED = 66560
/** What tickets stand for: i32 words, see `src/store/ticket-queue.ts`. Single writer: the reader. */
export const TICKETS = 68608

/** Where the first region may begin. */
export const HEADER_END = 70656

// ── A record: what a line became, 56 bytes ──────────────────────────────────
//   0        8         12        14    15     16          24             32        36           40        48      52
//   ├────────┼─────────┼─────────┼─────┼──────┼───────────┼──────────────┼─────────┼────────────┼─────────┼───────┼────────┤
//   │ time   │ item    │ item    │kind │flags │ item hash │ customer     │quantity │ line, from │ revenue │ item? │customer│
//   │ f64 ms │ address │ length  │ u8  │ u8   │ u64       │ hash u64     │ u32     │ batch, u32 │ u64     │ u32   │ u32    │
//   └────────┴─────────┴─────────┴─────┴──────┴───────────┴──────────────┴─────────┴────────────┴─────────┴───────┴────────┘
// item?: a hint, the item's number as it was looked up before the turn, 0 where
// it was not found. The last one is the customer's number, which `apply` finds.
export const RECORD_BYTES = 56
export const RECORD_TIME = 0
export const RECORD_ITEM = 8
export const RECORD_ITEM_LENGTH = 12
export const RECORD_KIND = 14
export const RECORD_FLAGS = 15
export const RECORD_ITEM_HASH = 16
export const RECORD_CUSTOMER = 24
export const RECORD_QUANTITY = 32
export const RECORD_LINE = 36
export const RECORD_REVENUE = 40
export const RECORD_ITEM_HINT = 48
export const RECORD_CUSTOMER_NUMBER = 52

export const FLAG_CUSTOMER = 1
export const FLAG_UNPRICED = 2
/** Set by `apply`: the event was ahead of the machine's clock and is rejected. */
export const FLAG_FUTURE = 4
/** Set by `scan`: a line for the reference parser. Of the record, RECORD_LINE and RECORD_LINE_LENGTH hold. */
export const FLAG_DECLINED = 8
/** Of an event that waits, not of a record: it is over a day ahead of the clock, and the next one decides. */
export const FLAG_UNDECIDED = 32
/** A record of the line of the record before it: a line with several items has one for each. */
export const FLAG_CONTINUED = 16
/** Bytes of a declined line, u32; where an event has its revenue. */
export const RECORD_LINE_LENGTH = 40

// ── A slot's counts: the tally of lines (u64, in the order of COUNT_*), then ─
export const SLOT_RECORDS = 168
/** Bytes of the records' item ids together. */
export const SLOT_ID_BYTES = 172
/** Records among them that are declined and not yet resolved. */
export const SLOT_DECLINED = 176
/** Records with FLAG_CONTINUED. */
export const SLOT_CONTINUED = 180
/** What of it is cleared before a batch is parsed. */
export const SLOT_TALLY_BYTES = 184
/** The batch: its bytes u32, whether a board is to be published after it u32, */
export const SLOT_LENGTH = 184
export const SLOT_PUBLISH = 188
/** where it begins and ends in the source, f64, and the machine's clock at dispatch, f64 epoch ms. */
export const SLOT_OFFSET = 192
export const SLOT_END = 200
export const SLOT_WALL = 208
/** 1 when rejected lines of the batch are told to the reader, u32; whoever parses it says so. */
export const SLOT_REJECTIONS = 216
/** Where it is one line that is rejected unread, 1 + the number of the reason, else 0, u32. */
export const SLOT_REJECTED_AS = 220
export const SLOT_COUNTS_BYTES = 224
/** Behind the counts: the shapes of lines, with so many transitions (see `transitions`). */
export const SHAPES_BYTES = 8632
export const TRANSITIONS = 66

// ── The names that the scanner looks for, 32 bytes each: length u32, address u32,
//    first 8 bytes u64, last 8 bytes u64 (0 up to a length of 8), meaning u32.
//    Of a flat mapping (each field has one key of the line): 6 keys in the order
//    of FIELDS. Of any other: the keys of each object, by their lengths.
//    Then the values that mean event types, by their lengths; meaning: the
//    type's number. Then the nodes: of the types, of each object ──────────────
export const NAME_BYTES = 32
export const NAME_LENGTH = 0
export const NAME_TEXT = 4
export const NAME_FIRST = 8
export const NAME_LAST = 16
export const NAME_MEANING = 24
/** The meaning of a key: a field's number, and above it its rank among the field's names, 0 the preferred one; */
export const MEANING_RANK_SHIFT = 8
/** or this and the number of the object under it, or of what the objects in the array under it are. */
export const MEANING_OBJECT = 0x1000000
export const MEANING_ITEMS = 0x2000000
export const MEANING_NODE = 0xff
/**
 * Names of one kind, 136 bytes: the keys of an object of the mapping (the line,
 * one below it, an item), or the event types. Addresses u32 of its first name of
 * 0, 1, … 31 bytes, of more, and of the end.
 */
export const NODE_BYTES = 136
export const NODE_LENGTHS = 32
export const TIMES_STANDARD = 0
export const TIMES_UTC = 1
export const TIMES_MICROSECONDS = 2
export const FIELD_EVENT_TYPE = 0
export const FIELD_TIMESTAMP = 1
export const FIELD_ITEM = 2
export const FIELD_CUSTOMER = 3
export const FIELD_PRICE = 4
export const FIELD_QUANTITY = 5
export const FIELD_COUNT = 6

// ── The metrics of each kind of event: number of them u32, then their numbers u32 ─
export const KIND_BYTES = 32
export const KIND_COUNT = 3

/** A customer: hash u64, last minute seen i32, epoch of that u32. */
export const CUSTOMER_BYTES = 16
export const CUSTOMER_MINUTE = 8
export const CUSTOMER_EPOCH = 12

// ── A sketch of unique customers: 4096 registers of a byte ──────────────────
export const SKETCH_BYTES = 4096
/** West of Greenwich the first events may fall on the last days of 1969. */
export const FIRST_SKETCH_DAY = -2

// ── The minutes: see `cells` ────────────────────────────────────────────────
export const LIST_BYTES = 16
export const LIST_COUNT = 8
export const CELL_CHUNK_BYTES = 512
export const CELLS_A_CHUNK = 42
/** Where a chunk's first cell is. */
export const FIRST_CELL = 8
export const CELL_BYTES = 12
/** An event that waits for its minute: see `ahead`. */
export const PENDING_BYTES = 32
/** The longest line that is not oversized, its CR not counted: MAX_LINE_BYTES. */
export const LONGEST_LINE = 1048576

// ── What is restored, in a slot's bytes ─────────────────────────────────────
/** A cell: metric u32, minute i32, item u32, unused, amount u64. */
export const RESTORED_CELL_BYTES = 24
/** A customer: hash u64, last minute i32, unused. */
export const RESTORED_CUSTOMER_BYTES = 16

// ── A metric: its declaration, 16 bytes, ────────────────────────────────────
//   kind u32 │ amount u32 │ headline window in minutes u32, 0: none │ number among the headlines u32
//   then of the list of the current minute, as it was when a block of records began:
//   cells u32 │ end of the last cell u32
export const METRIC_BYTES = 24
export const METRIC_KIND = 0
export const METRIC_AMOUNT = 4
export const METRIC_WINDOW = 8
export const METRIC_HEADLINE = 12
export const METRIC_BLOCK_COUNT = 16
export const METRIC_BLOCK_END = 20

export const AMOUNT_ONE = 0
export const AMOUNT_QUANTITY = 1
export const AMOUNT_REVENUE = 2

/** A row of the fold: day u32, item u32, then one u64 a metric. */
export const FOLD_DAY = 0
export const FOLD_ITEM = 4
export const FOLD_AMOUNTS = 8

// ── One half of the board ───────────────────────────────────────────────────
export const BOARD_NOW = 0
export const BOARD_MINUTE = 8
export const BOARD_ITEMS = 12
export const BOARD_OFFSET = 16
export const BOARD_CUSTOMERS = 24
export const BOARD_CELLS = 28
export const BOARD_ACTIVE_5M = 32
export const BOARD_ACTIVE_1H = 36
export const BOARD_ACTIVE_24H = 40
export const BOARD_PENDING = 44
export const BOARD_STORE_BYTES = 48
export const BOARD_COUNTERS = 56
/** The losses: BOARD_COUNTERS + 8 × COUNTER_COUNT. */
export const BOARD_LOSSES = 224
/** Where the headlines begin: BOARD_LOSSES + 8 × LOSS_COUNT. */
export const BOARD_HEADLINES = 360

// ── A ranking: sum u64, items u32, rows u32, `(other)` u64, BLURRED_* u32, then the rows ─
export const RANKING_SUM = 0
export const RANKING_ITEMS = 8
export const RANKING_LENGTH = 12
export const RANKING_OTHER = 16
export const RANKING_BLURRED = 24
export const RANKING_ROWS = 32
/** The window begins within minutes that were merged, and includes all of them. */
export const BLURRED_EDGE = 1
/** The window lacks events that came before their minute and could not wait for it. */
export const BLURRED_EARLY = 2
/** value u64, address of the name u32, item u32 */
export const ROW_BYTES = 16
export const ROW_VALUE = 0
export const ROW_NAME = 8
export const ROW_ITEM = 12
export const RANKING_CAPACITY = 100
export const RANKING_BYTES = 1632

// ── An answer: a series, u64 a metric and live minute (the minute modulo 1440), or a ranking or two; then an id ──
/** The series, or a second ranking. */
export const ANSWER_RANKING = 0
/** Sum u64 and number of items u32 of the period before; then, behind ANSWER_ROWS_BEFORE, of each row its value u64 and rank u32 (0: none). */
export const ANSWER_SUM_BEFORE = 2048
export const ANSWER_ITEMS_BEFORE = 2056
export const ANSWER_ROWS_BEFORE = 2064
export const BEFORE_BYTES = 16
export const BEFORE_RANK = 8
/** The same of the second ranking; in a comparison, room for its thresholds. */
export const ANSWER_ROWS_BEFORE_2 = 3664
export const ANSWER_COUNTS = 5264
/** Bytes of the series; there an id is put that is asked for. */
export const ANSWER_ID = 57600
export const ANSWER_BYTES = 57872

// ── What is kept of the day before ──────────────────────────────────────────
/** Of a minute that has ended, at the minute modulo 1440: the minute + 1 u32 (0: none), customers active in the 5 minutes, hour and 24 h up to its end u32. */
export const ENDED_BYTES = 16
export const ENDED_5M = 4
export const ENDED_1H = 8
export const ENDED_24H = 12
/** Of a minute that has left the live window: the minute + 1 u32 (0: none), unused u32, and its sum u64 by metric. */
export const LEFT_SUMS = 8

// ── Results of `prepare` ────────────────────────────────────────────────────
export const READY = 0
export const FULL_CELLS = 1
export const FULL_REVENUE = 2

// ── `(other)`, which stands for items that there was no room for ────────────
/** Its number outside of the store: in what is committed, and in events that wait. In the store it is the last number there is room for. */
export const OTHER_NUMBER = 0xfffffffe
/** Rows of the fold besides those of its capacity: one of `(other)` for each day there may be, to 2149. */
export const OTHER_ROWS = 65536
