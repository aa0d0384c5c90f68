import { Command } from 'commander'
import t from 'tap'
import { nearest } from '../../src/cli/nearest.js'
import { option } from '../../src/cli/options.js'
import { unknownVariables } from '../../src/cli/variables.js'

t.test('what is meant is what takes the fewest edits, if those are few', (t) => {
  const words = ['footfall', 'ga4', 'segment', 'retailrocket', 'rees46']
  for (const [typed, meant] of [
    ['gaa4', 'ga4'],
    ['segmnet', 'segment'],
    ['retail-rocket', 'retailrocket'],
    ['res46', 'rees46'],
    ['footfal', 'footfall'],
    ['shopify', null],
    ['', null]
  ] as const) {
    t.equal(nearest(typed, words), meant, typed)
  }
  t.equal(nearest('a', []), null)
  t.end()
})

t.test('a variable that no command knows is told, with the nearest', (t) => {
  const program = new Command()
  program.command('serve').addOption(option('--port <n>', '')).addOption(option('--data-dir <dir>', ''))
  program.command('replay').addOption(option('--json', ''))
  const environment = {
    FOOTFALL_PORT: '1',
    FOOTFALL_JSON: '0',
    FOOTFALL_TEST_SEED: '1',
    FOOTFALL_SERVICE_HOST: '10.0.0.1',
    FOOTFALL_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
    PATH: '',
    FOOTFALL_PROT: '1',
    FOOTFALL_DATADIR: 'x',
    FOOTFALL_COLOUR: 'x'
  }
  t.strictSame(unknownVariables(program, environment), [
    'the environment variable FOOTFALL_PROT means nothing to footfall: did you mean FOOTFALL_PORT?',
    'the environment variable FOOTFALL_DATADIR means nothing to footfall: did you mean FOOTFALL_DATA_DIR?',
    'the environment variable FOOTFALL_COLOUR means nothing to footfall'
  ])
  t.end()
})
