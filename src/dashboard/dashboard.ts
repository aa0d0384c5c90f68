import { html } from 'htm/preact'
import { render, type VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Status, TopItems } from '../query/shapes.js'
import { COUNTS, instant, type Unit } from './format.js'
import { HistoryPanel } from './history.js'
import { ItemPage } from './item.js'
import { useAnswer, useLive, useThroughput, type Connection } from './live.js'
import { Gap, Inexact, Panel, Ranking } from './parts.js'
import { LivePanel } from './series.js'
import { StatePanel } from './state.js'
import { SummaryPanel } from './summary.js'
import { TrendsPanel } from './trends.js'

const STATUS_MS = 2000

/** The page: what the shop does now, how it got here, or one item of it. */
function Dashboard(): VNode {
  const { connection, snapshot } = useLive()
  const { value: status, error } = useAnswer<Status>('/v1/status', STATUS_MS)
  const throughput = useThroughput(status)
  const itemId = useItemId()
  const summary = snapshot?.summary ?? null
  const now = summary?.meta.now ?? null
  const money: Unit = { currency: summary?.meta.currency ?? null, minorUnits: summary?.meta.minor_units ?? 0 }
  const keepsHistory = status !== null && status.history !== null
  const isStale = connection === 'live' && (error !== null || status?.state === 'degraded')
  return html`
    <a class="skip" href="#main">To the figures</a>
    <header>
      <h1><a href="#">footfall</a></h1>
      <p class="now">${now === null ? '' : `as of ${instant(now)}`}</p>
      <${ConnectionMark} connection=${isStale ? 'stale' : connection} />
      <nav><a href="/docs">API</a></nav>
    </header>
    <main id="main" tabindex="-1">
      ${
        itemId === null
          ? html`
              <${Headline} title="Most viewed" answer=${snapshot?.most_viewed} unit=${COUNTS} />
              <${Headline} title="Most added to cart" answer=${snapshot?.most_carted} unit=${COUNTS} />
              <${Headline} title="Top grossing" answer=${snapshot?.top_grossing} unit=${money} />
              <${SummaryPanel} summary=${summary} />
              <${LivePanel} now=${now} money=${money} />
              <${TrendsPanel} />
              <${StatePanel} status=${status} error=${error} throughput=${throughput} />
              ${keepsHistory ? html`<${HistoryPanel} />` : ''}
            `
          : html`<${ItemPage} key=${itemId} itemId=${itemId} now=${now} keepsHistory=${keepsHistory} />`
      }
    </main>
  `
}

function Headline({
  title,
  answer,
  unit
}: {
  readonly title: string
  readonly answer: TopItems | undefined
  readonly unit: Unit
}): VNode {
  const window = answer === undefined ? null : `last ${answer.meta.window}`
  return html`<${Panel} title=${title} note=${window}>
    ${
      answer === undefined
        ? html`<${Gap} text="Loading…" />`
        : answer.data.length === 0
          ? html`<${Gap} text="Nothing in this window." />`
          : html`<${Ranking} rows=${answer.data} unit=${unit} caption=${title} lead />
              <${Inexact} reason=${answer.meta.inexact} />`
    }
  <//>`
}

const WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting',
  live: 'live',
  stale: 'stale: figures are of before',
  disconnected: 'disconnected: trying again'
}

function ConnectionMark({ connection }: { readonly connection: Connection }): VNode {
  return html`<p class=${`connection ${connection}`} role="status">${WORDS[connection]}</p>`
}

/** The item that the address names behind `#`; null: none. */
function useItemId(): string | null {
  const [itemId, setItemId] = useState(itemOf(location.hash))
  useEffect(() => {
    const look = () => {
      setItemId(itemOf(location.hash))
      scrollTo(0, 0)
    }
    addEventListener('hashchange', look)
    return () => {
      removeEventListener('hashchange', look)
    }
  }, [])
  return itemId
}

function itemOf(hash: string): string | null {
  if (!hash.startsWith('#item=')) return null
  try {
    return decodeURIComponent(hash.slice('#item='.length))
  } catch {
    return null
  }
}

const root = document.getElementById('app')
if (root === null) throw new Error('the page has no #app')
root.textContent = ''
render(html`<${Dashboard} />`, root)
