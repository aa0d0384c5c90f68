import type { HeadlineMetric } from '../metrics/metrics.js'
import type { SeriesQuestion } from '../history/history.js'
import type { ItemsQuestion } from './history-items.js'
import type { HistoryItems, HistorySeries } from './history-shapes.js'
import type { Timeseries, TopItemsOf } from './insight-shapes.js'
import type { Insights, TimeseriesQuestion } from './insights.js'
import type { RejectsAnswer } from './rejects-shape.js'
import type { TopOfDaysQuestion } from './top-of-days.js'
import type { Window } from './window.js'
import type { Status, TopItems } from './shapes.js'

/** What the API and the command line ask of a running pipeline. */
export interface Queries {
  /** Whether a board has been published: before that there is nothing to answer from. */
  ready(): boolean
  /** Names the newest board; no other has the same name, also of another process. Of letters, digits, `-` and `_`. */
  revision(): string
  /**
   * The headline answers and the summary as JSON text (`Snapshot`), at least as new as the
   * revision that it is named by. Rejects with a `FootfallError` when the pipeline cannot answer.
   */
  snapshot(): Promise<{ readonly revision: string; readonly text: string }>
  /**
   * A headline answer over its default window, from the board: lock-free, in
   * microseconds. As JSON text, made once a board and limit (1 to 100).
   */
  headlineJson(metric: HeadlineMetric, limit: number): string
  /** The same answer as an object, made anew each time. */
  headline(metric: HeadlineMetric, limit: number): TopItems
  /**
   * The same answer over any window of 1 minute to 24 hours: a task with a
   * ticket, exact at that ticket. Rejects with a `FootfallError` when the
   * pipeline has stopped.
   */
  topItems(metric: HeadlineMetric, window: Window, limit: number): Promise<TopItems>
  /** Whether a history is kept: without one the three below reject. */
  keepsHistory(): boolean
  /**
   * A series of days, weeks or months, live minutes included. Rejects with a
   * `BadQuestion` when it makes no sense or is too long, with a `FootfallError`
   * when the history cannot answer.
   */
  historySeries(question: SeriesQuestion): Promise<HistorySeries>
  /** The top items of a day, week or month against the one before. Rejects with a `FootfallError` as above. */
  historyItems(question: ItemsQuestion): Promise<HistoryItems>
  /**
   * The top items of whole days, live minutes included. Rejects with a `BadQuestion`
   * when not all of them are kept, with a `FootfallError` as above.
   */
  topOfDays(question: TopOfDaysQuestion): Promise<TopItemsOf>
  /** The last rejected lines, 1 to 100 of them. Rejects with a `FootfallError` when the pipeline has stopped, or others have them (`elsewhere`). */
  rejects(limit: number): Promise<RejectsAnswer>
  /** Answers of any metric, item and minutes of the live window. */
  readonly insights: Pick<Insights, 'topItems' | 'trends' | 'item' | 'summary'>
  /**
   * A series by minute, hour, day, week or month. Rejects with a `BadQuestion` when it
   * makes no sense or is too long, with a `FootfallError` when nobody can answer.
   */
  timeseries(question: TimeseriesQuestion): Promise<Timeseries>
  /** Waits for the history at most once, at the first question. */
  status(): Promise<Status>
}
