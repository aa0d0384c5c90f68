import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { TopItems } from '../../src/query/shapes.js'
import { startServe } from '../support/command.js'
import { temporaryFolder } from '../support/pipelines.js'
import { openBrowser, openPage, violationsOf } from './pages.js'

const SAMPLE = fileURLToPath(new URL('../../../samples/events.jsonl', import.meta.url))
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '<script>alert(2)</script>',
  'javascript:alert(3)',
  '../../etc/passwd?x=1&y=#z%',
  '__proto__',
  '\u202egnp.exe',
  'a'.repeat(256),
  'most-viewed'
]

const START = Date.parse('2026-01-05T12:00:00Z')

function lineOf(event_type: string, item_id: string, ms = START, more: object = {}): string {
  return `${JSON.stringify({ event_type, timestamp: new Date(ms).toISOString(), item_id, customer_id: 'c', ...more })}\n`
}

t.test('a stream that goes on moves the numbers to what the API says, without a reload', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, lineOf('page_visit', 'first'))
  const served = await startServe(t, [file, '--ephemeral'])
  const { page, faults } = await openPage(await openBrowser(t), served.url)
  const lead = page.locator('section[aria-label="Most viewed"] .lead')
  await lead.getByText('first').waitFor()
  await page.evaluate('window.untouched = true')
  for (let number = 0; number < 3000; number++) {
    const [item, ms] = [`sku_${number % 7}`, START + number * 1000]
    appendFileSync(
      file,
      lineOf('page_visit', item, ms) + lineOf('purchase', item, ms, { price: 10 + (number % 7) })
    )
  }
  const bytes = ((await served.get('/v1/status')) as { source: { size_bytes: number } }).source.size_bytes
  t.ok(bytes > 0)
  await lead.getByText('sku_6').or(lead.getByText('sku_0')).waitFor()
  await page.getByText('as of Jan 5, 2026').waitFor()
  const answers = [
    ['Most viewed', '/v1/items/most-viewed'],
    ['Top grossing', '/v1/items/top-grossing']
  ] as const
  for (const [title, path] of answers) {
    const { data } = (await served.get(path)) as TopItems
    const wanted = data.map(({ item_id: id, formatted }) => [id, Number(formatted)])
    const rows = page.locator(`section[aria-label="${title}"] tbody tr`)
    await rows.nth(wanted.length - 1).waitFor()
    // The last snapshot comes up to a second after the last event.
    await page
      .locator(`section[aria-label="${title}"] .lead strong`)
      .getByText(leadText(data[0]?.formatted ?? '', title), { exact: true })
      .waitFor()
    const ids = await rows.locator('a').allTextContents()
    const values = await rows.locator('td.number').allTextContents()
    t.strictSame(
      ids.map((id, place) => [id, Number(values[place]?.replace(/[^\d.]/g, ''))]),
      wanted,
      title
    )
  }
  t.equal(await page.evaluate('window.untouched'), true, 'no reload')
  t.strictSame(faults, [])
})

function leadText(formatted: string, title: string): string {
  const options = title === 'Top grossing' ? ({ style: 'currency', currency: 'USD' } as const) : {}
  return new Intl.NumberFormat('en-US', options).format(Number(formatted))
}

t.test('a server that ends is told, and one that comes back is found again', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, lineOf('page_visit', 'before'))
  const first = await startServe(t, [file, '--ephemeral'])
  const { page } = await openPage(await openBrowser(t), first.url)
  await page.locator('.connection.live').waitFor()
  t.equal(await first.end(), 0)
  await page.locator('.connection.disconnected').waitFor()
  t.match(await page.locator('section[aria-label="Most viewed"]').textContent(), /before/, 'figures stay')
  appendFileSync(file, lineOf('page_visit', 'after').repeat(5))
  await startServe(t, [file, '--ephemeral'], { port: new URL(first.url).port })
  await page.locator('.connection.live').waitFor()
  await page.locator('section[aria-label="Most viewed"] .lead').getByText('after').waitFor()
})

t.test('ids are text, wherever they are shown', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  const types = ['page_visit', 'add_to_cart', 'purchase']
  writeFileSync(
    file,
    HOSTILE.flatMap((id) => types.map((type) => lineOf(type, id, START, { price: 1 }))).join('')
  )
  const served = await startServe(t, [file, '--data-dir', join(temporaryFolder(t), 'data')])
  const { page, faults } = await openPage(await openBrowser(t), served.url)
  const viewed = page.locator('section[aria-label="Most viewed"] tbody a')
  await viewed.nth(HOSTILE.length - 1).waitFor()
  t.strictSame((await viewed.allTextContents()).sort(), [...HOSTILE].sort())
  for (const id of HOSTILE) {
    await page.locator('section[aria-label="Most viewed"] tbody a').getByText(id, { exact: true }).click()
    const figures = page.locator('main section').first()
    await figures.getByText('Purchases a view').waitFor()
    t.equal(await figures.locator('h2').textContent(), id)
    await page.getByText('All items').click()
    await viewed.first().waitFor()
  }
  t.equal(await page.locator('img, #app script, iframe').count(), 0)
  t.strictSame(faults, [])
})

t.test('the page is accessible: light and dark, wide and narrow, a shop and an item', async (t) => {
  const served = await startServe(t, [SAMPLE, '--data-dir', join(temporaryFolder(t), 'data')])
  const browser = await openBrowser(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 360]) {
      for (const hash of ['', '#item=sku_0']) {
        const { page, faults } = await openPage(browser, `${served.url}/${hash}`, { colorScheme, width })
        await page.locator('.connection.live').waitFor()
        await page.locator('canvas').nth(2).waitFor()
        t.strictSame(await violationsOf(page), [], `${colorScheme} ${width} ${hash}`)
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
        t.equal(overflow, 0, 'nothing lies beside the page')
        t.strictSame(faults, [])
        await page.close()
      }
    }
  }
})

t.test('a keyboard reaches everything', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral'])
  const { page } = await openPage(await openBrowser(t), served.url)
  await page.locator('.lead a').first().waitFor()
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.textContent'), 'To the figures')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.className'), 'item')
  await page.keyboard.press('Enter')
  await page.getByText('All items').waitFor()
  t.match(page.url(), /#item=/)
})

t.test('without events the page says so', async (t) => {
  const file = join(temporaryFolder(t), 'events.jsonl')
  writeFileSync(file, '')
  const served = await startServe(t, [file, '--ephemeral'])
  const { page, faults } = await openPage(await openBrowser(t), served.url)
  await page.locator('section[aria-label="Most viewed"]').getByText('Nothing in this window.').waitFor()
  t.strictSame(faults, [])
})

t.test('with a token the page opens for who knows it', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral', '--token', 'of-the-shop'])
  const browser = await openBrowser(t)
  const { page, faults } = await openPage(browser, served.url, { password: 'of-the-shop' })
  await page.locator('.connection.live').waitFor()
  await page.locator('.lead a').first().waitFor()
  await page.locator('canvas').first().waitFor()
  t.strictSame(faults, [])
  const { page: refused } = await openPage(browser, served.url, { password: 'of-another' })
  t.match(await refused.locator('body').textContent(), /401/)
})

t.test('the pages of the API show the document', async (t) => {
  const served = await startServe(t, [SAMPLE, '--ephemeral'])
  const { page, faults } = await openPage(await openBrowser(t), `${served.url}/docs`)
  await page.getByText('/v1/items/most-viewed', { exact: true }).waitFor()
  t.strictSame(faults, [])
})
