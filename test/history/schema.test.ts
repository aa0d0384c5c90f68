import t from 'tap'
import { Database } from '../../src/history/database.js'
import { createSchema, migrate, MIGRATIONS, readIdentity, readVersion } from '../../src/history/schema.js'

const IDENTITY = { timeZone: 'UTC', currency: 'EUR' }

/** Steps of a future that adds a table, then fills it. */
const LATER = [
  ...MIGRATIONS,
  { version: 2, statements: ['CREATE TABLE notes (text VARCHAR)', "INSERT INTO notes VALUES ('two')"] },
  { version: 3, statements: ["INSERT INTO notes VALUES ('three')"] }
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
  await migrate(database, LATER.slice(0, 2))
  t.equal(await readVersion(database, LATER), 2)
  for (let round = 0; round < 2; round++) await migrate(database, LATER)
  t.equal(await readVersion(database, LATER), 3)
  t.strictSame(await database.rows('SELECT text FROM notes ORDER BY rowid'), [['two'], ['three']])
  t.strictSame(await readIdentity(database, IDENTITY), seed)
  await t.rejects(migrate(database, MIGRATIONS), { code: 'history' }, 'and never back')
  database.close()
})

t.test('a migration that fails leaves the older version', async (t) => {
  const database = await made()
  const broken = [...LATER, { version: 4, statements: ['DROP TABLE live', 'no SQL'] }]
  await t.rejects(migrate(database, broken))
  t.equal(await readVersion(database, broken), MIGRATIONS.length)
  t.strictSame(await database.rows('SELECT count(*) FROM live'), [[0n]])
  t.strictSame(await database.rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'notes'"), [])
  await migrate(database, LATER)
  t.equal(await readVersion(database, LATER), 3)
  database.close()
})

t.test('no table has an index or a constraint', async (t) => {
  const database = await made()
  t.strictSame(await database.rows('SELECT * FROM duckdb_indexes()'), [])
  t.strictSame(await database.rows('SELECT * FROM duckdb_constraints()'), [])
  database.close()
})
