/**
 * Writes dirty.jsonl, what is to become of each of its lines
 * (dirty.outcomes.json), and their sum (dirty.expected.json). The outcomes are
 * stated here by hand, from CONTRACT; no parser of footfall takes part.
 *
 *   node samples/make-dirty.mjs
 */
import { Buffer } from 'node:buffer'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const REASONS = [
  'oversized_line',
  'invalid_utf8',
  'invalid_json',
  'not_an_object',
  'missing_field',
  'invalid_event_type',
  'invalid_timestamp',
  'invalid_item_id',
  'invalid_customer_id',
  'invalid_price',
  'invalid_quantity',
  'future_timestamp'
]
const BOM = '\ufeff'
const NOON_SECONDS = Date.UTC(2026, 10, 18, 12) / 1000

/** A line from its members, given as source text: on 2026-11-18, at the given time. */
const event = (type, time, rest) => `{"event_type":"${type}","timestamp":"2026-11-18T${time}Z"${rest}}`
const visit = (time, rest) => event('page_visit', time, rest)
const cart = (time, rest) => event('add_to_cart', time, rest)
const buy = (time, rest) => event('purchase', time, rest)
const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))

const nested = (depth) => '['.repeat(depth) + ']'.repeat(depth)
const someone = ',"customer_id":"c_1"'
const item = ',"item_id":"sku_1"'
const both = item + someone

// Expected outcome, bytes, and the line's end where it is not a line feed.
const LINES = [
  ['accepted', BOM + visit('12:00:00.000', both)],
  ['accepted', visit('12:00:01.5', both), '\r\n'],
  ['blank', ''],
  ['blank', ' \t '],
  ['blank', '', '\r\n'],
  ['accepted anonymous', visit('12:00:02', item)],
  ['accepted anonymous', visit('12:00:03', ',"item_id":null,"customer_id":null')],
  ['accepted', `{"event_type":"page_visit","timestamp":${NOON_SECONDS + 4}${both}}`],
  ['accepted', `{"event_type":"page_visit","timestamp":${NOON_SECONDS * 1000 + 5123}${both}}`],
  ['accepted', `{"event_type":"page_visit","timestamp":"2026-11-18 14:00:06.123456789+02:00"${both}}`],
  ['accepted', `{"event_type":"page_visit","timestamp":"2026-11-18T06:30:07-05:30"${both}}`],
  ['accepted', `{"event_type":"page_visit","timestamp":"2026-11-18T12:00:08z"${both}}`],
  ['accepted', visit('12:00:09', someone + ',"\\u0069tem_id":"sku_\\u0031"')],
  ['accepted', visit('12:00:10', ',"item_id":"","item_id":"sku_1","customer_id":[],"customer_id":"c_2"')],
  ['accepted', visit('12:00:11', ',"context":{"item_id":"","price":[{"quantity":0}]}' + both)],
  ['accepted', visit('12:00:12', ',"item_id":12,"customer_id":9007199254740993')],
  ['accepted', visit('12:00:13', ',"item_id":"12","customer_id":"9007199254740992"')],
  ['accepted', visit('12:00:14', ',"price":"free","quantity":-1' + both)],
  ['accepted', visit('12:00:15', ',"item_id":"__proto__","customer_id":"constructor"')],
  ['accepted', visit('12:00:16', ',"item_id":"<img src=x onerror=alert(1)>","customer_id":"=cmd()"')],
  ['accepted', visit('12:00:17', `,"note":"\\ud800","deep":${nested(63)}` + both)],
  ['accepted', visit('12:00:18', `,"item_id":"${'é'.repeat(128)}"` + someone)],
  ['accepted', ' \t' + visit('12:00:19', ' ,\t"item_id" : "sku_1" , "customer_id"\t: 7 ') + ' '],
  ['accepted', visit('12:00:20', `,"padding":"${'x'.repeat(2000)}"` + both)],
  ['accepted', cart('12:00:21', both)],
  ['accepted', cart('12:00:22', ',"quantity":2.0,"price":"ignored"' + both)],
  ['accepted anonymous', cart('12:00:23', ',"quantity":"20e-1"' + item)],
  ['accepted', buy('12:00:24', ',"price":1.005,"quantity":1' + both)],
  ['accepted', buy('12:00:25', ',"price":"12.30","quantity":"3"' + both)],
  ['accepted', buy('12:00:26', ',"price":-0,"quantity":100000' + both)],
  ['accepted', buy('12:00:27', ',"price":1e7' + both)],
  ['accepted', buy('12:00:28', ',"price":1e-400' + both)],
  ['accepted unpriced', buy('12:00:29', both)],
  ['accepted unpriced anonymous', buy('12:00:30', ',"price":null,"quantity":null' + item)],
  ['accepted', visit('03:00:00', both)],
  ['accepted late', `{"event_type":"page_visit","timestamp":"2026-11-16T09:00:00Z"${both}}`],
  ['accepted late unpriced anonymous', `{"event_type":"purchase","timestamp":0${item}}`],
  ['invalid_utf8', bytes(visit('12:01:00', ',"item_id":"a').slice(0, -1), [0xff], `"${someone}}`)],
  ['invalid_utf8', bytes(visit('12:01:01', both), [0xed, 0xa0, 0x80])],
  ['invalid_json', visit('12:01:02', both).slice(0, -1)],
  ['invalid_json', BOM + visit('12:01:03', both)],
  ['invalid_json', visit('12:01:04', `,"deep":${nested(64)}` + both)],
  ['invalid_json', '\0'.repeat(200)],
  ['invalid_json', 'event_type,timestamp,item_id', '\r\n'],
  ['not_an_object', `[${visit('12:01:05', both)}]`],
  ['missing_field', '{}'],
  ['missing_field', `{"event_type":"page_visit","timestamp":null${both}}`],
  ['missing_field', buy('12:01:06', someone + ',"price":1')],
  ['invalid_event_type', event('refund', '12:01:07', both)],
  ['invalid_timestamp', `{"event_type":"page_visit","timestamp":"2026-02-30T12:00:00Z"${both}}`],
  ['invalid_timestamp', `{"event_type":"page_visit","timestamp":"2026-11-18T12:00:60Z"${both}}`],
  ['invalid_timestamp', `{"event_type":"page_visit","timestamp":"2026-11-18T12:00:00"${both}}`],
  ['invalid_timestamp', `{"event_type":"page_visit","timestamp":-1${both}}`],
  ['invalid_item_id', visit('12:01:08', ',"item_id":""' + someone)],
  ['invalid_item_id', visit('12:01:09', `,"item_id":"${'é'.repeat(128)}x"` + someone)],
  ['invalid_item_id', visit('12:01:10', ',"item_id":1.0' + someone)],
  ['invalid_customer_id', visit('12:01:11', item + ',"customer_id":"\\ud800"')],
  ['invalid_price', buy('12:01:12', ',"price":10000000.001,"quantity":0' + both)],
  ['invalid_price', buy('12:01:13', ',"price":"1,50"' + both)],
  ['invalid_quantity', buy('12:01:14', ',"price":1,"quantity":1.5' + both)],
  ['invalid_quantity', cart('12:01:15', ',"quantity":100001' + both)],
  ['future_timestamp', `{"event_type":"page_visit","timestamp":"9998-01-01T00:00:00Z"${both}}`],
  ['oversized_line', visit('12:01:16', `${both},"note":"${'x'.repeat(1024 * 1024)}"`)],
  ['accepted', visit('12:02:00', both), '']
]

const outcomes = LINES.map(([outcome]) => outcome.split(' '))
const count = (word) => outcomes.filter((words) => words.includes(word)).length
const byReason = Object.fromEntries(REASONS.map((reason) => [reason, count(reason)]))
const accounting = {
  lines: LINES.length,
  blank: count('blank'),
  accepted: count('accepted'),
  late: count('late'),
  unpriced: count('unpriced'),
  anonymous: count('anonymous'),
  rejected: Object.values(byReason).reduce((sum, lines) => sum + lines, 0),
  rejected_by_reason: byReason,
  fallback: 0
}
if (accounting.lines !== accounting.blank + accounting.accepted + accounting.rejected) {
  throw new Error('an outcome is misspelt')
}

const at = (name) => join(import.meta.dirname, name)
const asJson = (value) => `${JSON.stringify(value, null, 2)}\n`
writeFileSync(at('dirty.jsonl'), bytes(...LINES.flatMap(([, line, end = '\n']) => [line, end])))
writeFileSync(at('dirty.outcomes.json'), asJson(LINES.map(([outcome]) => outcome)))
writeFileSync(at('dirty.expected.json'), asJson(accounting))
