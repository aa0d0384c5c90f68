import t from 'tap'
import {
  bytesText,
  changeText,
  counted,
  durationText,
  grouped,
  instantText,
  intervalText,
  shareText
} from '../../src/cli/figures.js'

t.test('digits are grouped, and decimal text stays what it is', (t) => {
  t.equal(grouped(0), '0')
  t.equal(grouped(999), '999')
  t.equal(grouped(1000), '1,000')
  t.equal(grouped('100000000000000.01'), '100,000,000,000,000.01')
  t.equal(grouped('1234.5678'), '1,234.5678')
  t.equal(grouped(9007199254740993n), '9,007,199,254,740,993')
  t.end()
})

t.test('bytes, shares, changes and durations are short', (t) => {
  t.strictSame([999_949, 999_960, 999_999_999].map(bytesText), ['999.9 KB', '1.0 MB', '1.0 GB'])
  t.strictSame([0, 999, 1000, 266_100_000, 3e12].map(bytesText), [
    '0 B',
    '999 B',
    '1.0 KB',
    '266.1 MB',
    '3.0 TB'
  ])
  t.strictSame([0, 0.0321, 1].map(shareText), ['0.0 %', '3.2 %', '100.0 %'])
  t.strictSame([0.25, -0.051, 0, -0.00001, 0.00001, 9.99, 10, 44_608].map(changeText), [
    '+25.0 %',
    '-5.1 %',
    '0.0 %',
    '0.0 %',
    '0.0 %',
    '+999.0 %',
    '× 11.0',
    '× 44,609.0'
  ])
  t.strictSame([0, 2.1, 65, 3725].map(durationText), ['0:00', '0:03', '1:05', '1:02:05'])
  t.strictSame(
    [1, 2000].map((count) => counted(count, 'line')),
    ['1 line', '2,000 lines']
  )
  t.end()
})

t.test('instants and intervals are in UTC and say so', (t) => {
  t.equal(instantText(Date.UTC(2026, 10, 20, 10, 0, 0, 123)), '2026-11-20 10:00:00 UTC')
  t.equal(instantText('2026-11-20T10:00:00.123Z'), '2026-11-20 10:00:00 UTC')
  const end = '2026-11-20T10:01:00.000Z'
  t.equal(intervalText({ start: '2026-11-20T09:01:00.000Z', end }), '2026-11-20 09:01 to 10:01 UTC')
  t.equal(
    intervalText({ start: '2026-11-19T10:01:00.000Z', end }),
    '2026-11-19 10:01 to 2026-11-20 10:01 UTC'
  )
  t.end()
})
