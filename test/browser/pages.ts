import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type Page } from 'playwright-core'
import type { Test } from 'tap'

/** Where distributions put it; `CHROMIUM` names another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export interface PageOptions {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
  readonly height?: number
  /** What a user types when the browser asks. */
  readonly password?: string
}

/** A page, and all that it has done which it should not. */
export interface Watched {
  readonly page: Page
  /** Errors on the console, exceptions, dialogs, and requests to anywhere but `origin`. */
  readonly faults: string[]
}

/** The real browser; ended with the test. Throws where there is none. */
export async function openBrowser(t: Test): Promise<Browser> {
  const browser = await launchBrowser()
  t.teardown(() => browser.close())
  return browser
}

/** The real browser, for whoever closes it. Throws where there is none. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place))
  if (executablePath === undefined)
    throw new Error('there is no chromium: install it, or set CHROMIUM to where it is')
  // Root, which CI is, has no sandbox; the pages are our own.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

export async function openPage(browser: Browser, url: string, options: PageOptions = {}): Promise<Watched> {
  const { colorScheme = 'light', width = 1280, height = 900, password } = options
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme,
    locale: 'en-US',
    ...(password !== undefined && { httpCredentials: { username: 'me', password } })
  })
  const faults: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text())
  })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== new URL(url).origin && protocol !== 'data:') faults.push(`asked ${request.url()}`)
  })
  await page.goto(url)
  return { page, faults }
}

interface Found {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/** What axe finds against WCAG 2 A and AA and its own best practices: a line a rule. */
export async function violationsOf(page: Page): Promise<string[]> {
  const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  // Through the debugger: the page's own policy lets no foreign script in.
  await page.evaluate(source)
  const { violations } = await page.evaluate<Found>('axe.run()')
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
