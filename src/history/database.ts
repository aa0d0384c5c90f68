import {
  BLOB,
  DuckDBBlobValue,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBIntegerVector,
  DuckDBUBigIntVector,
  DuckDBUIntegerVector,
  DuckDBUTinyIntVector,
  INTEGER,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector
} from '@duckdb/node-api'
import { FootfallError } from '../base/errors.js'

/** A column of integers that are never null. */
export type Integers = Int32Array | Uint8Array | Uint32Array | BigUint64Array

/** Values of one column of rows to append: integers as they lie, others are asked for one by one. */
export interface Column {
  readonly type: DuckDBType
  readonly values:
    Integers | { readonly length: number; readonly at: (row: number) => DuckDBValue | undefined }
}

export const int32 = (values: Int32Array): Column => ({ type: INTEGER, values })
export const uint8 = (values: Uint8Array): Column => ({ type: UTINYINT, values })
export const uint32 = (values: Uint32Array): Column => ({ type: UINTEGER, values })
export const uint64 = (values: BigUint64Array): Column => ({ type: UBIGINT, values })
export const text = (values: Column['values']): Column => ({ type: VARCHAR, values })
export const blobs = (values: readonly Uint8Array[]): Column => ({
  type: BLOB,
  values: values.map((bytes) => new DuckDBBlobValue(bytes))
})

/**
 * A text column as SQL that `markedText` reads. DuckDB's client takes a text that begins
 * with U+FEFF for one with a mark of its encoding, and drops that: no text begins with it.
 */
export const marked = (column: string): string => `'-' || ${column}`

export function markedText(value: DuckDBValue | undefined): string {
  return String(value).slice(1)
}

/** The bytes of a blob, a copy: typed arrays over it begin at a multiple of their element's size. Of nothing: none. */
export function bytesOf(value: DuckDBValue | undefined): Uint8Array<ArrayBuffer> {
  return value instanceof DuckDBBlobValue ? Uint8Array.from(value.bytes) : new Uint8Array(0)
}

export interface DatabaseOptions {
  /** Null: in memory. */
  readonly path: string | null
  readonly memoryLimitMb: number
  /** Nothing can be written, and a table is read in the order in which it lies. */
  readonly readOnly?: boolean
}

/** Rows that a chunk holds: DuckDB's vector size. */
const CHUNK_ROWS = 2048

/**
 * Short statements are done by whoever asks: with a second thread to share them with,
 * they take a third more of the processors. Whoever waits for a long table has two.
 */
const [ALONE, HELPED] = [1, 2]

/** One open database with one connection: what the rest of the room needs of DuckDB, and no more. */
export class Database {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  #isOpen = true
  #isInterrupted = false

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.#connection = connection
  }

  /** Opens a database, and makes it where there is none. Rejects with DuckDB's errors. */
  static async open({ path, memoryLimitMb, readOnly = false }: DatabaseOptions): Promise<Database> {
    const instance = await DuckDBInstance.create(path ?? ':memory:', {
      access_mode: readOnly ? 'READ_ONLY' : 'AUTOMATIC',
      threads: String(readOnly ? HELPED : ALONE),
      memory_limit: `${memoryLimitMb}MB`,
      preserve_insertion_order: String(readOnly),
      // Nothing is fetched from elsewhere and nothing is loaded that did not come with the package.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      ...(path === null ? { temp_directory: '' } : {})
    })
    try {
      return new Database(instance, await instance.connect())
    } catch (error) {
      instance.closeSync()
      throw error
    }
  }

  /** Does work that reads long tables. When it fails the help stays, which does no harm. */
  async helped<T>(work: () => Promise<T>): Promise<T> {
    await this.run(`SET threads = ${HELPED}`)
    const result = await work()
    await this.run(`SET threads = ${ALONE}`)
    return result
  }

  /** Runs a statement; returns how many rows it inserted or deleted. */
  async run(sql: string, values?: DuckDBValue[]): Promise<number> {
    this.#throwInterrupted()
    return (await this.#connection.run(sql, values)).rowsChanged
  }

  /** All rows of a short answer: integers of up to 32 bits as number, wider ones as bigint. */
  async rows(sql: string, values?: DuckDBValue[]): Promise<DuckDBValue[][]> {
    this.#throwInterrupted()
    return (await this.#connection.run(sql, values)).getRows()
  }

  /** Reads a long answer piece by piece; `visit` must not throw, for an answer left half read keeps the file open. */
  async visit(sql: string, visit: (chunk: DuckDBDataChunk) => void): Promise<void> {
    this.#throwInterrupted()
    const result = await this.#connection.stream(sql)
    for (;;) {
      const chunk = await result.fetchChunk()
      if (chunk === null || chunk.rowCount === 0) return
      visit(chunk)
    }
  }

  /** Reads an answer of integers into columns of their types that have room for all of it. */
  async read(sql: string, columns: readonly Integers[]): Promise<void> {
    let rows = 0
    await this.visit(sql, (chunk) => {
      // Asked once: it goes through to the engine.
      const { rowCount } = chunk
      for (const [index, column] of columns.entries()) {
        copyInto(column, rows, integersOf(chunk.getColumnVector(index)), 0, rowCount)
      }
      rows += rowCount
    })
  }

  /** Appends rows to a table by columns: some ten times as fast as value by value. */
  async append(table: string, columns: readonly Column[]): Promise<void> {
    const rows = columns[0]?.values.length ?? 0
    if (rows === 0) return
    const types = columns.map(({ type }) => type)
    const appender = await this.#connection.createAppender(table)
    try {
      // One for all: what a chunk takes is given back only when its wrapper is collected.
      const chunk = DuckDBDataChunk.create(types)
      for (let from = 0; from < rows; from += CHUNK_ROWS) {
        const count = Math.min(CHUNK_ROWS, rows - from)
        chunk.reset()
        chunk.rowCount = count
        for (const [index, { values }] of columns.entries()) {
          const vector = chunk.getColumnVector(index)
          if (ArrayBuffer.isView(values)) copyInto(integersOf(vector), 0, values, from, count)
          else for (let row = 0; row < count; row++) vector.setItem(row, values.at(from + row) ?? null)
          vector.flush()
        }
        appender.appendDataChunk(chunk)
      }
    } catch (error) {
      appender.clear()
      throw error
    }
    appender.closeSync()
  }

  /** All that `work` writes, or nothing. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.run('BEGIN')
    try {
      const result = await work()
      await this.run('COMMIT')
      return result
    } catch (error) {
      // What failed says more than a rollback that cannot be done either: DuckDB then rolls back when it is closed.
      await this.run('ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  /** Gives up what is being done, and refuses what comes after it but `close`: a transaction is rolled back then. */
  interrupt(): void {
    this.#isInterrupted = true
    this.#connection.interrupt()
  }

  #throwInterrupted(): void {
    if (this.#isInterrupted) throw new FootfallError('history', 'it was interrupted')
  }

  /** Writes out what is in the log and closes the file; does nothing the second time. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#connection.disconnectSync()
    this.#instance.closeSync()
  }
}

/** The values of a vector, where they lie: to set or get each by itself takes thirty times as long. */
function integersOf(vector: DuckDBVector): Integers {
  if (
    vector instanceof DuckDBIntegerVector ||
    vector instanceof DuckDBUTinyIntVector ||
    vector instanceof DuckDBUIntegerVector ||
    vector instanceof DuckDBUBigIntVector
  ) {
    // The client keeps them to itself; its version is pinned, and a test reads them back.
    return (vector as unknown as { readonly items: Integers }).items
  }
  throw new TypeError(`a column has type ${vector.type.toString()}`)
}

/** Copies between columns of one type; throws a TypeError or RangeError where they do not go together. */
function copyInto(target: Integers, at: number, source: Integers, from: number, count: number): void {
  if (target.constructor !== source.constructor) {
    throw new TypeError(`${source.constructor.name} for a column of ${target.constructor.name}`)
  }
  ;(target as Uint8Array).set(source.subarray(from, from + count) as Uint8Array, at)
}
