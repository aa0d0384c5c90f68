/** Makes the README's pictures of the dashboard (docs/dashboard*.png) from the demo: `npm run screenshots`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { MAIN } from '../support/command.js'
import { ROOT } from '../support/documents.js'
import { launchBrowser, openPage } from './pages.js'

const SIZE = { width: 1200, height: 860 }
/** Until the chart of the last minutes has something of the live shop; ms. */
const SETTLE_MS = 20_000

const demo = spawn(process.execPath, [MAIN, 'demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
const ended = once(demo, 'exit')
try {
  const [line] = (await once(createInterface(demo.stdout), 'line')) as [string]
  const url = /http:\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`no URL in "${line}"`)
  const browser = await launchBrowser()
  try {
    for (const [name, colorScheme] of [
      ['dashboard', 'light'],
      ['dashboard-dark', 'dark']
    ] as const) {
      const { page, faults } = await openPage(browser, url, { ...SIZE, colorScheme })
      await page.locator('.connection.live').waitFor()
      await page.locator('canvas').nth(2).waitFor()
      await sleep(SETTLE_MS)
      if (faults.length > 0) throw new Error(faults.join('; '))
      await page.screenshot({ path: join(ROOT, 'docs', `${name}.png`) })
      await page.close()
    }
  } finally {
    await browser.close()
  }
} finally {
  demo.kill('SIGTERM')
  await ended
}
