import { readFileSync } from 'node:fs'
import t from 'tap'
import { PLAIN, bench, declines, declinesOf } from '../support/declines.js'
import { PURCHASE, withSource } from '../support/lines.js'
import { flat } from '../support/mappings.js'
import { ScanBench } from '../support/scan-bench.js'

const SAMPLES = new URL('../../../samples/', import.meta.url)
const INTERESTING = Buffer.from(
  '"\\{}[]:, \t\r\n\0\x1f\x7f-+.eE019ntfuz\x80\xbf\xc2\xe0\xed\xf0\xff',
  'latin1'
)

const ORDINARY: readonly (readonly [string, readonly string[]])[] = [
  [
    'JSON.stringify',
    [
      '{"event_type":"page_visit","timestamp":"2026-11-20T10:00:00.123Z"}',
      '{"event_type":"page_visit","timestamp":1795168800123,"item_id":"sku_0","customer_id":null}',
      '{"event_type":"add_to_cart","timestamp":"2026-11-20T10:00:00.123Z","item_id":17,"customer_id":"größe-🥿"}',
      '{"event_type":"purchase","timestamp":"2026-11-20T10:00:00.123Z","item_id":"a","price":0.1,"quantity":3}',
      '{"event_type":"purchase","timestamp":1795168800,"item_id":"a","price":12,"note":"\\ud800","x":1e-7}',
      '{"a":{},"b":[],"c":[[],{}],"event_type":"page_visit","d":-1.5e+30,"timestamp":1,"e":5e-324,"f":"\\"\\\\"}'
    ]
  ],
  [
    'json.dumps of Python',
    [
      '{"event_type": "purchase", "timestamp": "2026-11-20T10:00:00.123456+00:00", "item_id": "sku_1", "customer_id": null, "price": 12.0, "quantity": 2.0, "tags": ["a", "\\u00e9", true, false, null, 1e-05, 1e+22], "ctx": {"ua": "Mozilla/5.0 (\\"x\\")\\n", "nested": [[], {}]}}',
      '{"event_type": "add_to_cart", "timestamp": 1700000000, "item_id": 12, "quantity": 3, "x": -0.0, "y": 1e+16}',
      '{"event_type": "add_to_cart", "timestamp": 1700000000, "item_id": "M\\u00f6bel-\\ud83e\\udd7f", "customer_id": "\\u674e"}',
      '{"event_type": "page_visit", "timestamp": "2026-11-20T10:00:00+00:00", "path": "/gr\\u00f6\\u00dfe/\\ud83e\\udd7f"}',
      '{"ctx": {"nested": [[], {}]}, "customer_id": "c", "event_type": "page_visit", "timestamp": "2026-11-20T10:00:00+00:00"}'
    ]
  ],
  [
    'encoding/json of Go',
    [
      '{"event_type":"purchase","timestamp":"2026-11-20T10:00:00.123456789+02:00","item_id":"a\\u0026b","price":19.99,"quantity":1,"url":"/?a=1\\u0026b=\\u003cx\\u003e"}',
      '{"timestamp":"2026-11-20T10:00:00Z","event_type":"add_to_cart","item_id":"sku_1","Tags":null,"f":1e+21}',
      '{"event_type":"page_visit","timestamp":"2026-11-20T10:00:00.1-07:00","text":"line\\u2028end \\ufffd","n":1e-07}'
    ]
  ],
  [
    'jq -c',
    [
      '{"event_type":"purchase","timestamp":"2026-11-20T10:00:00.123Z","item_id":"sku_1","price":12,"quantity":2,"x":-0}',
      '{"event_type":"add_to_cart","item_id":12,"quantity":3,"timestamp":1700000000,"x":1e+16,"del":"\\u007f"}',
      '{"event_type":"page_visit","timestamp":1700000000,"x":1.7976931348623157e+308,"y":["größe",{"z":"\\t"}]}'
    ]
  ]
]

for (const [writer, lines] of ORDINARY) {
  t.test(`the output of ${writer} is not declined`, (t) => {
    for (const line of lines) {
      t.equal(bench.judge(Buffer.from(line))[0]!.verdict.outcome, 'accepted', line)
      t.equal(declines(t, `${line}\n`), 0, line)
      t.equal(declines(t, `${line}\r\n${line}\r\n`), 0, `with CRLF: ${line}`)
    }
    t.end()
  })
}

t.test('the samples are not declined, but for what is wrong in them', (t) => {
  const shop = bench.judge(readFileSync(new URL('events.jsonl', SAMPLES)))
  t.ok(shop.length > 1000)
  for (let from = 0; from < shop.length; from += 5000) {
    t.equal(declinesOf(t, shop.slice(from, from + 5000)), 0)
  }
  t.end()
})

const UNDECLINED: Readonly<Record<string, readonly string[]>> = {
  timestamp: [
    ...['0', '1700000000', '99999999999', '100000000000', '1700000000000', '253402300799999'],
    ...['', '.1', '.12', '.123', '.1234', '.12345', '.123456', '.1234567', '.12345678', '.123456789'].map(
      (fraction) => `"2026-11-20T10:00:00${fraction}Z"`
    ),
    ...['Z', 'z', '+00:00', '-00:00', '+02:00', '-08:30', '+23:59'].map(
      (zone) => `"2024-02-29 23:59:59.5${zone}"`
    ),
    ...['"1970-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999999999Z"', '"2000-02-29T00:00:00+00:00"']
  ],
  item_id: [
    ...['"a"', '12', '0', '-7', '"12"', '12345678901234567890', '9'.repeat(256), `"${'a'.repeat(256)}"`],
    ...['"größe"', '"🥿"', `"${'🥿'.repeat(64)}"`, '"a b"', '"{}[]:,"', '"\x7f"'],
    ...[
      '"\\b\\f\\n\\r\\t\\/\\"\\\\"',
      '"\\uD83D\\udd7f\\u00e9\\u2028\\u0000"',
      `"${'\\ud83e\\uDD7F'.repeat(64)}"`
    ]
  ],
  customer_id: ['null', '"c_1"', '0', '-12', '"é"', '"\\u00e9\\\\"'],
  price: [
    ...[
      'null',
      '0',
      '12',
      '12.3',
      '12.345',
      '"12.30"',
      '0.005',
      '0.994999',
      '0.0',
      '9999999.999',
      '1.50000000000000'
    ],
    ...['"0"', '"9999999.99"', '99.995']
  ],
  quantity: ['null', '1', '2.0', '"2"', '"2.00"', '100000', '100000.000', '99999'],
  unwanted: [
    ...[
      'null',
      'true',
      'false',
      '-0',
      '1e400',
      '1E-9',
      '0.1e+5',
      '""',
      '"\\u0041\\n\\"\\\\\\/"',
      '"größe 🥿"',
      '{}'
    ],
    ...[
      '[ ]',
      '{ }',
      '[ 1 , [ 2 ] ]',
      '{ "price" : { "item_id" : [ "timestamp" ] } }',
      '"\\ud800"',
      '"event_type"'
    ],
    ...['[['.repeat(31) + ']]'.repeat(31), '{"a":'.repeat(62) + '1' + '}'.repeat(62), '"\u2028\ufeff"']
  ]
}

t.test('ordinary values of every field are not declined', (t) => {
  for (const [field, sources] of Object.entries(UNDECLINED)) {
    const lines = sources.map((source) => withSource(PURCHASE, field, source))
    const spaced = lines.map((line) => line.replaceAll(',"', ' , "').replaceAll('":', '"  :  '))
    for (const line of [...lines, ...spaced]) {
      const judged = bench.judge(Buffer.from(line))
      const isFine = judged[0]?.verdict.outcome === 'accepted' && declinesOf(t, judged) === 0
      if (!isFine) t.equal(line, 'a line that is accepted without being declined', field)
    }
    t.equal(declines(t, `${lines.join('\n')}\n${spaced.join('\r\n')}`), 0, field)
  }
  t.end()
})

t.test('keys come in any order, any number and any company', (t) => {
  const others = Array.from({ length: 50 }, (_, number) => `"other_${number}":${number}`)
  const members = [
    '"event_type":"purchase"',
    '"timestamp":1',
    '"item_id":"i"',
    '"price":2',
    '"":0',
    '"__proto__":{}'
  ]
  for (let turn = 0; turn < members.length; turn++) {
    const turned = [...members.slice(turn), ...members.slice(0, turn)]
    t.equal(declines(t, `{${turned.join(',')}}\n{${[...others, ...turned].join(', ')}}\n`), 0)
  }
  t.equal(
    declines(t, '{"event_type":"page_visit","timestamp":1,"item_id":"a","item_id":null,"timestamp":2}'),
    0
  )
  t.end()
})

t.test('mapped keys and types are found, however long and alike they are', (t) => {
  const name = (number: number) => `a_long_key_${number}_with_the_same_ends`
  const mapping = flat(
    {
      ...{ event_type: name(0), timestamp: name(1), item_id: name(2), customer_id: name(3) },
      ...{ price: 'preis_in_€', quantity: 'n' }
    },
    { page_visit: name(1), add_to_cart: 'カート', purchase: 'Kauf' }
  )
  const mapped = new ScanBench({ mapping, minorDigits: 3 })
  const members = [`"${name(0)}":"Kauf"`, `"${name(1)}":5`, `"${name(2)}":"i"`, `"${name(4)}":0`, '"n":2']
  const line = `{${members.join(',')},"preis_in_€":1.2345}`
  const visit = `{"${name(0)}":"${name(1)}","${name(1)}":7}`
  const [verdict] = mapped.judge(Buffer.from(line)).map((judged) => judged.verdict)
  t.match(verdict, { outcome: 'accepted', event: { type: 'purchase', timestampMs: 5000, priceMinor: 1235 } })
  t.equal(declines(t, `${line}\n${visit}\n${line}\n`, {}, mapped), 0)
  t.equal(declines(t, `${visit.replace(`${name(0)}"`, `${name(4)}"`)}\n`, {}, mapped), 1)
  t.end()
})

t.test('blank lines are not declined', (t) => {
  t.equal(declines(t, '\n\n  \n\r\n   \r\n'), 0)
  t.equal(declines(t, '\n\n   ', { isEnded: false }), 0)
  t.equal(declines(t, '\t\n \t\r\n\r\r\n'), 3, 'the reference parser says so of tabs')
  t.end()
})

t.test(
  'a line cut off at any byte, or with another byte at any place, is what the reference parser says',
  (t) => {
    const line = Buffer.from(PLAIN)
    const lines: Buffer[] = []
    for (let at = 0; at <= line.length; at++) {
      lines.push(line.subarray(0, at), Buffer.concat([line.subarray(0, at), line.subarray(at + 1)]))
      for (const byte of INTERESTING) {
        const inserted = Buffer.concat([line.subarray(0, at), Buffer.from([byte]), line.subarray(at)])
        lines.push(inserted, Buffer.concat([inserted.subarray(0, at + 1), line.subarray(at + 1)]))
      }
    }
    const judged = lines.flatMap((changed) => bench.judge(changed))
    t.ok(judged.length > 10_000)
    for (let from = 0; from < judged.length; from += 500) {
      const batch = judged.slice(from, from + 500)
      declinesOf(t, batch)
      declinesOf(t, batch.toReversed(), { slot: 1, from: 1, isEnded: false, spareRecords: 7 })
    }
    t.end()
  }
)

t.test('it does not matter where in its blocks a line lies', (t) => {
  for (let from = 0; from <= 130; from++) {
    t.equal(declines(t, `${PLAIN}\r\n\n${PLAIN}`, { from, isEnded: false }), 0)
    const slashes = '\\'.repeat(from)
    declines(
      t,
      `{"x":"${slashes}"}\n{"x":"${slashes}\n${withSource(PURCHASE, 'x', `"${slashes}"`)}\n${PLAIN}`
    )
    const padded = withSource(PURCHASE, 'x', `"${'x'.repeat(32768 - 300 + from * 3)}"`)
    t.equal(declines(t, `${padded}\n${PLAIN}\r\n${padded}\r\n${PLAIN}`), 0)
  }
  t.end()
})

t.test('a line may have 1 MiB, its CR and line feed not counted', (t) => {
  const size = (bytes: number) => {
    const frame = Buffer.byteLength(withSource(PURCHASE, 'x', '""'))
    return withSource(PURCHASE, 'x', `"${'x'.repeat(bytes - frame)}"`)
  }
  for (const [bytes, declined] of [
    [2 ** 20 - 1, 0],
    [2 ** 20, 0],
    [2 ** 20 + 1, 1],
    [2 ** 21 - 1, 1],
    [2 ** 21 + 7, 1]
  ] as const) {
    t.equal(declines(t, `${PLAIN}\n${size(bytes)}\n${PLAIN}`), declined, `${bytes} bytes`)
    t.equal(declines(t, `${size(bytes)}\r\n${PLAIN}\r\n`, { from: 77 }), declined, `${bytes} bytes and CR`)
  }
  t.equal(declines(t, `${size(999)}\n${size(2 ** 20 + 1)}\n${size(2 ** 20)}\r\n`), 1, 'of a known shape too')
  t.equal(declines(t, `${' '.repeat(2 ** 20)}\r\n`), 0)
  t.equal(declines(t, `${' '.repeat(2 ** 20 + 1)}\n`), 1)
  t.end()
})

t.test('more declined lines than there is room for records are scanned in turns', (t) => {
  const small = new ScanBench({ chunkBytes: 1024 })
  const text = `${'x\n'.repeat(999)}${PLAIN}\n`.repeat(60)
  t.equal(declines(t, text, {}, small), 60 * 999)
  t.equal(
    declines(t, text.slice(0, 3000), { spareRecords: 1 }, small),
    declines(t, text.slice(0, 3000), {}, small)
  )
  t.end()
})

t.test('text beyond ASCII is checked wherever in a line it stands', (t) => {
  const texts: (readonly [number[], 0 | 1])[] = [
    [[0x7f], 0],
    [[0xc3, 0xa9], 0],
    [[0xe2, 0x80, 0xa8], 0],
    [[0xf0, 0x9f, 0xa5, 0xbf], 0],
    [[0x01], 1],
    [[0x0d], 1],
    [[0x80], 1],
    [[0xc3], 1],
    [[0xc0, 0x80], 1],
    [[0xe2, 0x80], 1],
    [[0xed, 0xa0, 0x80], 1],
    [[0xf0, 0x9f, 0xa5], 1],
    [[0xf4, 0x90, 0x80, 0x80], 1],
    [[0xff], 1]
  ]
  const [head, tail] = [JSON.stringify(PURCHASE).slice(0, -1), '"}\n']
  for (const [bytes, declined] of texts) {
    for (let before = 0; before < 40; before++) {
      const text = Buffer.concat([Buffer.from('x'.repeat(before)), Buffer.from(bytes)])
      for (const note of [',"note":"', ',"é":"', ',"tags":["a"],"note":"']) {
        const line = Buffer.concat([Buffer.from(head + note), text, Buffer.from(tail)])
        t.equal(declines(t, Buffer.concat([line, line])), 2 * declined, `${note}${before} ${bytes.join()}`)
      }
    }
  }
  t.end()
})
