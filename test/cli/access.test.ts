import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tokenOf } from '../../src/cli/access.js'
import { SAMPLE } from '../../src/cli/serve.js'
import { footfall, startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'

const serving = { port: 0, host: '127.0.0.1', allowHost: [], logFormat: 'text' } as const

t.test('without a token only this machine is served', (t) => {
  for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '::1']) {
    t.equal(tokenOf({ ...serving, host }), undefined)
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '192.168.1.7',
    'shop.example',
    '127.0.0.1.example',
    'localhost.example',
    ''
  ]) {
    const usage = { code: 'usage', message: /needs --token-file/ }
    t.throws(() => tokenOf({ ...serving, host }), usage, host)
    t.equal(tokenOf({ ...serving, host, token: 'x' }), 'x')
  }
  t.end()
})

t.test('a token comes from a file, without the line feed at its end', (t) => {
  const tokenFile = join(temporaryFolder(t), 'token')
  for (const text of ['s3cret', 's3cret\n', 's3cret\r\n']) {
    writeFileSync(tokenFile, text)
    t.equal(tokenOf({ ...serving, tokenFile }), 's3cret')
  }
  t.end()
})

t.test('a token that cannot be used is wrong usage, and is not shown', (t) => {
  const folder = temporaryFolder(t)
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  mkdirSync(join(folder, 'directory'))
  for (const [options, message] of [
    [{ token: '' }, /^the token is empty$/],
    [{ token: 'a b' }, /^the token has characters/],
    [{ token: 'schlüssel' }, /^the token has characters/],
    [{ tokenFile: file('empty', '') }, /^the token in \S+empty is empty$/],
    [{ tokenFile: file('blank', '\n') }, /^the token in \S+blank is empty$/],
    [{ tokenFile: file('two', 'secret1\nsecret2\n') }, /^the token in \S+two has characters/],
    [{ tokenFile: file('binary', Buffer.from([0xff, 0])) }, /^the token in \S+binary has characters/],
    [{ tokenFile: join(folder, 'missing') }, /^cannot read the token from \S+missing: ENOENT/],
    [{ tokenFile: join(folder, 'directory') }, /^cannot read the token from \S+directory: EISDIR/],
    [{ token: 'secret1', tokenFile: file('good', 'secret1') }, /^the token is given twice/]
  ] as const) {
    t.throws(() => tokenOf({ ...serving, ...options }), { code: 'usage', message })
    try {
      tokenOf({ ...serving, ...options })
    } catch (error) {
      t.notMatch(String(error), /secret[12]|schl/)
    }
  }
  t.end()
})

t.test('serve takes the token from a file, and answers for names that it was given', async (t) => {
  const path = join(temporaryFolder(t), 'token')
  writeFileSync(path, 'from-a-file\n')
  const env = { FOOTFALL_TOKEN_FILE: path, FOOTFALL_ALLOW_HOST: 'a.example,b.example' }
  const served = await startServe(t, [SAMPLE, '--ephemeral', '--rate-limit', '4'], { env })
  const ask = async (token: string) =>
    (await fetch(`${served.url}/v1/status`, { headers: { authorization: `Bearer ${token}` } })).status
  t.equal(await ask('wrong'), 401)
  t.equal(await ask('from-a-file'), 200)
  t.equal((await fetch(`${served.url}/v1/status`)).status, 401)
  t.equal(await ask('wrong'), 401)
  t.equal(await ask('from-a-file'), 429, 'the limit is for this machine too')
})

t.test('wrong usage is told in one line', async (t) => {
  const missing = join(temporaryFolder(t), 'missing')
  for (const [args, message] of [
    [['--token-file', missing], /^footfall: cannot read the token from \S+missing: ENOENT[^\n]*\n$/],
    [['--token', 'x', '--token-file', missing], /^footfall: the token is given twice[^\n]*\n$/],
    [['--host', '::'], /^footfall: serving on :: needs --token-file[^\n]*\n$/],
    [['--rate-limit', '-1'], /whole number from 0/]
  ] as const) {
    const { code, stderr, stdout } = await footfall(['serve', SAMPLE, '--ephemeral', '--port', '0', ...args])
    t.equal(code, 2)
    t.match(stderr, message)
    t.equal(stdout, '')
  }
})
