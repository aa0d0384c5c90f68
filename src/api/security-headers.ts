/**
 * What every answer tells browsers: to take it for what it says it is, to run
 * nothing in it, and to show or hand it to no other site. What helmet sends,
 * but for what old browsers alone know, and for `Strict-Transport-Security`,
 * which is for whoever speaks TLS. Not helmet itself: it sets its headers on the
 * raw response, one by one, and makes the slower way of writing them out
 * necessary for each answer.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff'
} as const

/** What pages tell browsers besides: nothing of it means anything for an answer that is none, and each header costs. */
export const PAGE_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY'
} as const
