/** `info`: as things are meant to go (a file was rotated); `warn`: to be looked at. */
export type NoticeLevel = 'info' | 'warn'
