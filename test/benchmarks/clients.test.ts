import t from 'tap'
import { clients } from '../../benchmarks/clients.js'
import { clientsTable } from '../../benchmarks/report/tables.js'
import { checkFigures, checkLatencies, tinyOptions } from '../support/tiny-benchmarks.js'

t.test(
  'streams, idle connections, requests and dashboards beside ingest are measured and checked',
  async (t) => {
    const { streams, connections, ingest, dashboards } = await clients(tinyOptions(t))
    t.same([streams.clients, streams.silent], [20, 2])
    checkFigures(t, streams, ['snapshots', 'leastSnapshots', 'beforeBytes', 'afterBytes'])
    t.equal(connections.connections, 50)
    for (const found of [connections.alone, connections.beside]) checkLatencies(t, found, found.count)
    t.same([ingest.loaded.length, ingest.alone.length], [1, 1])
    checkFigures(t, ingest, ['ratio'])
    t.equal(dashboards.count, 3)
    checkFigures(t, dashboards, ['ratio'])
    t.match(clientsTable({ streams, connections, ingest, dashboards }), /idle connections/)
  }
)
