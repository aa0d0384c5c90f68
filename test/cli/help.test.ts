import t from 'tap'
import { footfall } from '../support/command.js'

const COMMANDS = ['serve', 'replay', 'top', 'demo', 'generate', 'export']

t.test('the help of each command has examples, whose options it has', async (t) => {
  const all = await footfall(['--help'])
  t.match(all.stdout, /^Examples:$/m)
  for (const command of COMMANDS) {
    t.match(all.stdout, new RegExp(`^ {2}${command} `, 'm'))
    const { code, stdout } = await footfall([command, '--help'])
    t.equal(code, 0)
    const [, examples = ''] = stdout.split('\nExamples:\n')
    const lines = examples.trimEnd().split('\n')
    for (const line of lines) t.match(line, new RegExp(`^ {2}\\$ .*\\bfootfall ${command}\\b`))
    for (const [flag] of examples.matchAll(/--[a-z-]+/g))
      t.match(stdout, new RegExp(`^ {2}${flag}\\b`, 'm'), flag)
    for (const line of stdout.split('\n')) t.ok(line.length <= 80, line)
  }
})

t.test('long lists of options are in groups', async (t) => {
  const { stdout } = await footfall(['serve', '--help'])
  const headings = [...stdout.matchAll(/^(\w.*):$/gm)].map(([, heading]) => heading)
  t.strictSame(headings, [
    'Arguments',
    'Events',
    'History and dead letters',
    'Resources',
    'Many machines',
    'Serving',
    'Options',
    'Examples'
  ])
})

t.test('what is misspelled is wrong usage, and what was meant is said', async (t) => {
  const misspelled: readonly (readonly [readonly string[], RegExp])[] = [
    [['srve'], /unknown command 'srve'\n\(Did you mean serve\?\)/],
    [['tpo'], /Did you mean top\?/],
    [['serve', '--prot', '1'], /Did you mean --port\?/],
    [['replay', 'x', '--worker', '2'], /Did you mean --workers\?/],
    [['demo', '--sped', '2x'], /Did you mean --speed\?/],
    [['top', '--onec'], /Did you mean --once\?/],
    [['generate', '--event', '2'], /Did you mean --events\?/],
    [['replay', 'x', '--preset', 'gaa4'], /Allowed choices are footfall, .*\. Did you mean ga4\?/],
    [['replay', 'x', '--preset', 'shopify'], /Allowed choices are footfall, ga4, [^?]*aliases\.$/m],
    [['serve', '--log-format', 'jsn'], /Did you mean json\?/],
    [['serve', '--clock', 'evnet'], /Did you mean event\?/],
    [['export', '--tier', 'dya'], /Did you mean day\?/],
    [['export', '--tier', 'day', '--format', 'parqet'], /Did you mean parquet\?/]
  ]
  for (const [args, message] of misspelled) {
    const { code, stdout, stderr } = await footfall(args)
    t.equal(code, 2, args.join(' '))
    t.match(stderr, message)
    t.equal(stdout, '')
  }
  const { code, stderr } = await footfall(['replay', 'x'], { env: { FOOTFALL_PRESET: 'gaa4' } })
  t.equal(code, 2)
  t.match(stderr, /from env 'FOOTFALL_PRESET' is invalid.* Did you mean ga4\?/)
})

t.test('an unknown variable of the environment is told in a line, and stops nothing', async (t) => {
  const name = 'FOOTFALL_WORKRES'
  const line = `footfall: the environment variable ${name} means nothing to footfall: did you mean FOOTFALL_WORKERS?\n`
  const replayed = await footfall(['replay', '-'], { env: { [name]: '1' } })
  t.equal(replayed.code, 0)
  t.equal(replayed.stderr, line)
  const served = await footfall(['serve', '/', '--ephemeral', '--port', '0', '--log-format', 'json'], {
    env: { [name]: '1' }
  })
  const [first = ''] = served.stderr.split('\n')
  t.match(
    JSON.parse(first),
    { level: 'warn', msg: line.slice('footfall: '.length, -1) },
    'a record in a JSON log'
  )
})

t.test('a variable for an option without a value says yes or no, and nothing else', async (t) => {
  const run = async (FOOTFALL_JSON: string) => footfall(['replay', '-'], { env: { FOOTFALL_JSON } })
  for (const [text, isJson] of [
    ['Yes', true],
    ['1', true],
    ['off', false],
    ['', false]
  ] as const) {
    const { code, stdout } = await run(text)
    t.equal(code, 0)
    t.equal(stdout.startsWith('{'), isJson, text)
  }
  t.strictSame(await run('perhaps'), {
    code: 2,
    stdout: '',
    stderr: 'footfall: FOOTFALL_JSON is "perhaps": it must be true or false\n'
  })
})
