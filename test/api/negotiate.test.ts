import t from 'tap'
import { preferred } from '../../src/api/negotiate.js'

t.test('the greatest quality wins, then the more exact name, then the server’s own order', (t) => {
  const types = ['application/json', 'text/csv'] as const
  for (const [header, expected] of [
    ['text/csv', 'text/csv'],
    ['TEXT/CSV ; charset=utf-8', 'text/csv'],
    ['application/json', 'application/json'],
    ['*/*', 'application/json'],
    ['text/*', 'text/csv'],
    ['text/csv, */*', 'text/csv'],
    ['text/csv, application/json', 'application/json'],
    ['application/json;q=0.5, text/csv;q=0.6', 'text/csv'],
    ['application/json;q=0.6, text/csv;q=0.5', 'application/json'],
    ['text/csv;q=0', null],
    ['text/csv;q=0, */*', 'application/json'],
    ['application/json;q=0, */*;q=0.1', 'text/csv'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'application/json'],
    ['text/csv;q=2', null],
    ['text/csv;q=x, application/json;q=0.1', 'application/json'],
    ['image/png', null],
    ['', null],
    [',,;q=1,', null]
  ] as const) {
    t.equal(preferred(header, types), expected, header)
  }
  t.end()
})

t.test('encodings are chosen alike', (t) => {
  for (const [header, expected] of [
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['gzip;q=0.1, br;q=0.05', 'gzip'],
    ['identity, gzip;q=0.5', 'identity'],
    ['deflate', null]
  ] as const) {
    t.equal(preferred(header, ['br', 'gzip', 'identity']), expected, header)
  }
  t.end()
})
