import type { Random } from './random.js'

/** Bytes that mean something to a parser of JSON or UTF-8. */
const BYTES = Buffer.from(
  '"\\"\\"\\{}[]:,:, \t\r\n\n\0\x01\x1f\x7f-+.eE0123456789tfnuaZTz/\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xed\xef\xf0\xf4\xf5\xfe\xff',
  'latin1'
)

/** Sequences of bytes: ill-formed UTF-8, and well-formed at its edges. */
const SEQUENCES = [
  ...[
    '80',
    'bf',
    'c080',
    'c1bf',
    'c2',
    'c280',
    'dfbf',
    'c241',
    'e08080',
    'e09fbf',
    'e0a080',
    'e0a0',
    'e0',
    'ed9fbf'
  ],
  ...[
    'eda080',
    'edbfbf',
    'ee8080',
    'efbfbf',
    'efbbbf',
    'f08f8080',
    'f0908080',
    'f09080',
    'f090',
    'f0',
    'f48fbfbf'
  ],
  ...[
    'f4908080',
    'f5808080',
    'f8888080',
    'fe',
    'ff',
    'c2c2',
    'e282',
    'e28241',
    'f09f9841',
    'c3a9c3',
    '0d0a',
    '5c22'
  ]
].map((hex) => Buffer.from(hex, 'hex'))

/** Changes a line in one to three places, so that it may hold anything. `other` is another line. */
export function mutate(random: Random, line: Buffer, other: Buffer): Buffer {
  let changed = line
  for (let times = random.oneIn(2) ? 1 : 1 + random.int(3); times > 0; times--) {
    changed = changeOnce(random, changed, other)
  }
  return changed
}

function changeOnce(random: Random, line: Buffer, other: Buffer): Buffer {
  const at = random.int(line.length + 1)
  switch (random.int(9)) {
    case 0:
      return line.subarray(0, at)
    case 1:
      return cut(line, at, at + 1 + random.int(random.oneIn(3) ? 10 : 1))
    case 2:
      return insert(line, at, Buffer.from([interesting(random)]))
    case 3:
    case 4: {
      const changed = Buffer.from(line)
      if (at < line.length) changed[at] = interesting(random)
      return changed
    }
    case 5:
      return insert(line, at, random.pick(SEQUENCES))
    case 6: {
      const changed = Buffer.from(line)
      const with_ = random.int(line.length + 1)
      if (at < line.length && with_ < line.length) {
        changed[at] = line[with_]!
        changed[with_] = line[at]!
      }
      return changed
    }
    case 7:
      return insert(line, at, line.subarray(at, at + 1 + random.int(40)))
    default:
      return Buffer.concat([line.subarray(0, at), other.subarray(random.int(other.length + 1))])
  }
}

function interesting(random: Random): number {
  return random.oneIn(5) ? random.int(256) : BYTES[random.int(BYTES.length)]!
}

function cut(line: Buffer, from: number, to: number): Buffer {
  return Buffer.concat([line.subarray(0, from), line.subarray(to)])
}

function insert(line: Buffer, at: number, bytes: Buffer): Buffer {
  return Buffer.concat([line.subarray(0, at), bytes, line.subarray(at)])
}
