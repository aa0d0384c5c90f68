import type {
  DaysAnswer,
  DaysQuestion,
  History,
  HistoryStatus,
  SeriesBucket,
  SeriesQuestion,
  TopAnswer,
  TopQuestion
} from './history.js'

/** What may be asked of the historian; each is answered as of the last commit, live minutes included. */
export type Question =
  | ({ readonly kind: 'series' } & SeriesQuestion)
  | ({ readonly kind: 'top-items' } & TopQuestion)
  | ({ readonly kind: 'top-of-days' } & DaysQuestion)
  | { readonly kind: 'status' }

/** What each kind of question is answered with. */
export interface Answers {
  readonly series: readonly SeriesBucket[]
  readonly 'top-items': TopAnswer
  readonly 'top-of-days': DaysAnswer
  readonly status: HistoryStatus
}

/** Answers a question from a history. Rejects as the history does. */
export async function answer(history: History, question: Question): Promise<Answers[Question['kind']]> {
  switch (question.kind) {
    case 'series':
      return history.series(question)
    case 'top-items':
      return history.topItems(question)
    case 'top-of-days':
      return history.topOfDays(question)
    case 'status':
      return history.status()
  }
}
