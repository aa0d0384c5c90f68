import { gzipSync } from 'node:zlib'
import t from 'tap'
import { fileKind } from '../../src/ingest/file-kind.js'

t.test('what is no JSON Lines is known by its first bytes', (t) => {
  const event = '{"event_type":"page_visit","timestamp":1700000000}'
  for (const [first, kind] of [
    [Buffer.from('89504e470d0a1a0a0000000d', 'hex'), /PNG/],
    [Buffer.from('ffd8ffe0', 'hex'), /JPEG/],
    [gzipSync(event), /gzip.*gunzip/],
    [Buffer.from('504b0304', 'hex'), /zip archive/],
    [Buffer.from('PAR1'), /Parquet/],
    [Buffer.from(`\ufeff${event}\n`, 'utf16le'), /UTF-16.*iconv/],
    [Buffer.from(`${event}\n`, 'utf16le'), /UTF-16/],
    [Buffer.from(`${event}\n`, 'utf16le').swap16(), /UTF-16/],
    [Buffer.from(`[${event},\n${event}]\n`), /JSON array/],
    [Buffer.from(`\ufeff[\n  ${event}\n]\n`), /JSON array/],
    [Buffer.from('{\n  "event_type": "page_visit"\n}\n'), /several lines/],
    [Buffer.from('event_type,timestamp,item_id\npage_visit,1,a\n'), /CSV/],
    [Buffer.from('"event type";"time"\r\n'), /CSV/],
    [Buffer.from('event_type\ttimestamp\n'), /CSV/],
    [Buffer.from('<!doctype html>\n'), /HTML/]
  ] as const) {
    t.match(fileKind(first), kind)
  }
  for (const text of [
    '',
    event,
    `\ufeff${event}\n`,
    '{}',
    'not, {json}\n',
    'word\n',
    '\0\0\0\0\0\0',
    '12\n'
  ]) {
    t.equal(fileKind(Buffer.from(text)), null, text)
  }
  t.end()
})
