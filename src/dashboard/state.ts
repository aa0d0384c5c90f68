import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Status } from '../query/shapes.js'
import { amount, bytes, instant } from './format.js'
import type { Throughput } from './live.js'
import { Gap, Panel } from './parts.js'

/** What the pipeline does, and what it has to say. */
export function StatePanel({
  status,
  error,
  throughput
}: {
  readonly status: Status | null
  readonly error: string | null
  readonly throughput: Throughput | null
}): VNode {
  if (status === null) return html`<${Panel} title="Pipeline"><${Gap} text=${error ?? 'Loading…'} /><//>`
  const { source, accounting, history, memory } = status
  const rate = throughput === null ? '–' : `${amount(Math.round(throughput.linesPerSecond))} lines/s`
  const volume = throughput === null ? '' : `, ${bytes(throughput.bytesPerSecond)}/s`
  const rows: readonly (readonly [string, string])[] = [
    ['Source', source.name],
    ['State', status.state.replace('_', ' ')],
    ['Throughput', `${rate}${volume}`],
    [
      'Read',
      source.size_bytes === null
        ? bytes(source.bytes_read)
        : `${bytes(source.bytes_read)} of ${bytes(source.size_bytes)}`
    ],
    ['Lag', source.lag_bytes === null ? '–' : bytes(source.lag_bytes)],
    ['Accepted', amount(accounting.accepted)],
    ['Rejected', rejectedOf(accounting)],
    ['Late', amount(accounting.late)],
    ['Last commit', history === null ? 'no history is kept' : instant(history.commits.at)],
    ['Memory', `${bytes(memory.rss_bytes)} of ${bytes(memory.budget_bytes)}`]
  ]
  const said = [
    ...(status.degraded === null ? [] : [status.degraded.reason]),
    ...status.warnings,
    ...memory.reasons,
    ...(history?.commits.error == null ? [] : [history.commits.error])
  ]
  return html`<${Panel} title="Pipeline">
    <table class="figures">
      <caption class="hidden">
        State of the pipeline
      </caption>
      <tbody>
        ${rows.map(
          ([name, value]) =>
            html`<tr key=${name}>
              <th scope="row">${name}</th>
              <td class="number">${value}</td>
            </tr>`
        )}
      </tbody>
    </table>
    ${
      said.length === 0
        ? ''
        : html`<ul class="said">
            ${said.map((text) => html`<li key=${text}>${text}</li>`)}
          </ul>`
    }
  <//>`
}

function rejectedOf({ rejected, rejected_by_reason: reasons }: Status['accounting']): string {
  const [most] = Object.entries(reasons).sort(([, a], [, b]) => b - a)
  return rejected === 0 || most === undefined ? amount(rejected) : `${amount(rejected)}, most ${most[0]}`
}
