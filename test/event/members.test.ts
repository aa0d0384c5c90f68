import t from 'tap'
import { nestsDeeperThan, readMembers } from '../../src/event/members.js'

t.test('members are the source texts of the top level', (t) => {
  const cases: [string, [string, string][]][] = [
    ['{}', []],
    [' { } ', []],
    ['{"a":1}', [['a', '1']]],
    ['{"a":1.50}', [['a', '1.50']]],
    [
      '\t{ "a" : -0 , "b" :\r"x" }\n',
      [
        ['a', '-0'],
        ['b', '"x"']
      ]
    ],
    [
      '{"a":true,"b":null,"c":false}',
      [
        ['a', 'true'],
        ['b', 'null'],
        ['c', 'false']
      ]
    ],
    [
      '{"a":"}\\",{","b":2}',
      [
        ['a', '"}\\",{"'],
        ['b', '2']
      ]
    ],
    [
      '{"a\\"":"\\\\","b":2}',
      [
        ['a"', '"\\\\"'],
        ['b', '2']
      ]
    ],
    [
      '{"a":{"b":3,"c":"]}"},"d":[1,{"a":9}, "]"],"b":2}',
      [
        ['a', '{"b":3,"c":"]}"}'],
        ['d', '[1,{"a":9}, "]"]'],
        ['b', '2']
      ]
    ],
    [
      '{"a":[] ,"b":{} }',
      [
        ['a', '[]'],
        ['b', '{}']
      ]
    ],
    ['{"a":1,"a":2}', [['a', '2']]],
    ['{"\\u0061":1,"a":2,"\\u0061":3}', [['a', '3']]],
    ['{"":0}', [['', '0']]],
    [
      '{"__proto__":1,"constructor":2}',
      [
        ['__proto__', '1'],
        ['constructor', '2']
      ]
    ]
  ]
  for (const [text, expected] of cases) t.same([...readMembers(text)], expected, text)
  t.end()
})

t.test('depth counts brackets outside strings', (t) => {
  t.equal(nestsDeeperThan('{}', 1), false)
  t.equal(nestsDeeperThan('{"a":[]}', 1), true)
  t.equal(nestsDeeperThan('{"a":[],"b":{},"c":[]}', 2), false)
  t.equal(nestsDeeperThan('{"a":"[[[[{{{{","b":"\\"[[["}', 1), false)
  t.equal(nestsDeeperThan('"[[[[', 1), false)
  t.equal(nestsDeeperThan('['.repeat(100_000), 64), true)
  t.equal(nestsDeeperThan('["\\', 64), false, 'text that ends within an escape')
  t.end()
})
