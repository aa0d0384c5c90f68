import Type, { type TSchema } from 'typebox'

/** Parts that schemas of answers are made of. */

/**
 * An exact integer of JSON: a number where it is safe, a bigint beyond 2^53,
 * which the serialisers write digit by digit.
 */
export const Count = (description: string) =>
  Type.Unsafe<number | bigint>({ type: 'integer', minimum: 0, description })

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** RFC 3339 in UTC, with milliseconds. */
export const Instant = (description: string) => Type.String({ format: 'date-time', description })

/** `2026-11-20`, of the history's time zone. */
export const CalendarDate = (description: string) => Type.String({ format: 'date', description })
