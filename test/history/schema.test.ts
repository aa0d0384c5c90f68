import t from 'tap'
import { Database } from '../../src/history/database.js'
import { createSchema, migrate, MIGRATIONS, readIdentity, readVersion } from '../../src/history/schema.js'

const IDENTITY = { timeZone: 'UTC', currency: 'EUR' }

const TODAY = MIGRATIONS.length

/** Steps of a future that adds a table, then fills it. */
const LATER = [
  ...MIGRATIONS,
  {
    version: TODAY + 1,
    statements: ['CREATE TABLE notes (text VARCHAR)', "INSERT INTO notes VALUES ('one')"]
  },
  { version: TODAY + 2, statements: ["INSERT INTO notes VALUES ('two')"] }
]

async function made(): Promise<Database> {
  const database = await Database.open({ path: null, memoryLimitMb: 64 })
  await createSchema(database, IDENTITY)
  return database
}

t.test('versions are numbered from 1 without a gap', (t) => {
  t.strictSame(
    MIGRATIONS.map(({ version }) => version),
    MIGRATIONS.map((_, index) => index + 1)
  )
  t.end()
})

t.test('an older database is brought up to date, step by step and only once', async (t) => {
  const database = await made()
  const seed = await readIdentity(database, IDENTITY)
  await migrate(database, LATER.slice(0, TODAY + 1))
  t.equal(await readVersion(database, LATER), TODAY + 1)
  for (let round = 0; round < 2; round++) await migrate(database, LATER)
  t.equal(await readVersion(database, LATER), TODAY + 2)
  t.strictSame(await database.rows('SELECT text FROM notes ORDER BY rowid'), [['one'], ['two']])
  t.strictSame(await readIdentity(database, IDENTITY), seed)
  await t.rejects(migrate(database, MIGRATIONS), { code: 'history' }, 'and never back')
  database.close()
})

t.test('a migration that fails leaves the older version', async (t) => {
  const database = await made()
  const broken = [...LATER, { version: TODAY + 3, statements: ['DROP TABLE live', 'no SQL'] }]
  await t.rejects(migrate(database, broken))
  t.equal(await readVersion(database, broken), TODAY)
  t.strictSame(await database.rows('SELECT count(*) FROM live'), [[0n]])
  t.strictSame(await database.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'notes'"), [])
  await migrate(database, LATER)
  t.equal(await readVersion(database, LATER), TODAY + 2)
  database.close()
})

t.test('positions of version 1 keep all but the hash of their first bytes', async (t) => {
  const database = await Database.open({ path: null, memoryLimitMb: 64 })
  const run = async (version: number) => {
    for (const statement of MIGRATIONS[version - 1]!.statements) await database.run(statement)
  }
  await run(1)
  await database.run("INSERT INTO sources VALUES (7, '/a', 'd', 'i', 10, 'aa', 20, 'bb', 30, 2)")
  await run(2)
  const columns =
    'commit_number, name, device, inode, octet_length(head), tail_bytes, tail_hash, source_offset'
  t.strictSame(await database.rows(`SELECT ${columns}, generation FROM positions`), [
    [7n, '/a', 'd', 'i', 0n, 20n, 'bb', 30n, 2n]
  ])
  database.close()
})

t.test('no table has an index or a constraint', async (t) => {
  const database = await made()
  t.strictSame(await database.rows('SELECT * FROM duckdb_indexes()'), [])
  t.strictSame(await database.rows('SELECT * FROM duckdb_constraints()'), [])
  database.close()
})
