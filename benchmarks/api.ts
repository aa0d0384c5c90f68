import { againstBareRoute, type BareRouteResult } from './api-bare-route.js'
import { underReplay, type UnderReplayResult } from './api-under-replay.js'
import type { BenchmarkOptions } from './options.js'

export interface ApiResult {
  readonly bareRoute: BareRouteResult
  readonly underReplay: UnderReplayResult
}

/** What a headline answer costs: against a route that does nothing, and while a file is being counted. */
export async function api(options: BenchmarkOptions): Promise<ApiResult> {
  return { bareRoute: await againstBareRoute(options), underReplay: await underReplay(options) }
}
