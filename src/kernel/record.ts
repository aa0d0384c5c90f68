/**
 * A record in the making: the values of a line's wanted fields, in whatever
 * order they come, then the event that they add up to. Until it is complete,
 * three of its places hold something else:
 *
 *   kind      NO_KIND as long as there is none
 *   revenue   the price's text: address u32, length u32
 *   quantity  the quantity's text: its address, and at the item's hint its length
 *
 * A length has the form of its value in the lowest two bits. Of a field that
 * comes twice the last value counts.
 */
import {
  FIELD_CUSTOMER,
  FIELD_EVENT_TYPE,
  FIELD_ITEM,
  FIELD_PRICE,
  FIELD_QUANTITY,
  FIELD_TIMESTAMP,
  FLAG_CUSTOMER,
  FLAG_UNPRICED,
  RECORD_CUSTOMER,
  RECORD_FLAGS,
  RECORD_ITEM,
  RECORD_ITEM_HASH,
  RECORD_ITEM_HINT,
  RECORD_ITEM_LENGTH,
  RECORD_KIND,
  RECORD_QUANTITY,
  RECORD_REVENUE,
  RECORD_TIME
} from './abi'
import { hashBytes } from './hash'
import { typeNamed } from './names'
import { epochOf, isIntegerId, priceOf, quantityOf, timeInMinute, timeOf } from './values'

// What a value is.
/** null */
export const NONE: u32 = 0
export const STRING: u32 = 1
export const NUMBER: u32 = 2
/** true, false, an object or an array */
export const OTHER: u32 = 3

const FORM_BITS: u32 = 2
const FORM_MASK: u32 = 3
const MAX_ID_BYTES: u32 = 256
const PURCHASE: u32 = 2
const PAGE_VISIT: u32 = 0
const NO_KIND: u8 = 0xff

const PRICE: usize = RECORD_REVENUE
const PRICE_LENGTH: usize = RECORD_REVENUE + 4
const QUANTITY: usize = RECORD_QUANTITY
const QUANTITY_LENGTH: usize = RECORD_ITEM_HINT

/** Makes an empty record. */
// @ts-ignore: decorator
@inline
export function begin(record: usize): void {
  const zero = i64x2.splat(0)
  v128.store(record, zero)
  v128.store(record, zero, 16)
  v128.store(record, zero, 32)
  store<u64>(record, 0, 48)
  store<f64>(record, -1, RECORD_TIME)
  store<u8>(record, NO_KIND, RECORD_KIND)
}

/** Takes the value of a wanted field, its text at [at, at + length); false when it is not certain what it means. */
// @ts-ignore: decorator
@inline
export function take(record: usize, field: i32, form: u32, at: usize, length: u32): bool {
  switch (field) {
    case FIELD_EVENT_TYPE: {
      const type = form == STRING ? typeNamed(at, length) : -1
      store<u8>(record, <u8>type, RECORD_KIND)
      return type >= 0
    }
    case FIELD_TIMESTAMP: {
      const time: f64 = form == STRING ? timeOf(at, length) : form == NUMBER ? epochOf(at, length) : -1
      store<f64>(record, time, RECORD_TIME)
      return time >= 0
    }
    case FIELD_ITEM: {
      if (!isId(form, at, length)) return false
      store<u32>(record, <u32>at, RECORD_ITEM)
      store<u16>(record, <u16>length, RECORD_ITEM_LENGTH)
      store<u64>(record, length != 0 ? hashBytes(at, length) : 0, RECORD_ITEM_HASH)
      return true
    }
    case FIELD_CUSTOMER: {
      if (!isId(form, at, length)) return false
      store<u8>(record, length != 0 ? FLAG_CUSTOMER : 0, RECORD_FLAGS)
      store<u64>(record, length != 0 ? hashBytes(at, length) : 0, RECORD_CUSTOMER)
      return true
    }
    case FIELD_PRICE: {
      store<u32>(record, <u32>at, PRICE)
      store<u32>(record, (length << FORM_BITS) | form, PRICE_LENGTH)
      return true
    }
    case FIELD_QUANTITY: {
      store<u32>(record, <u32>at, QUANTITY)
      store<u32>(record, (length << FORM_BITS) | form, QUANTITY_LENGTH)
      return true
    }
    default:
      return true
  }
}

/** Takes an event type. */
// @ts-ignore: decorator
@inline
export function takeType(record: usize, type: i32): void {
  store<u8>(record, <u8>type, RECORD_KIND)
}

/** Takes the timestamp at `at` if it is of 24 bytes, then a quote, and of the last one's minute; whether it is. */
// @ts-ignore: decorator
@inline
export function takeTimeInMinute(record: usize, at: usize): bool {
  const time = timeInMinute(at)
  if (time < 0) return false
  store<f64>(record, time, RECORD_TIME)
  return true
}

/** Makes the event of what was taken; false when it is not certain that there is one. */
// @ts-ignore: decorator
@inline
export function complete(record: usize): bool {
  const type = <u32>load<u8>(record, RECORD_KIND)
  if (type == <u32>NO_KIND || load<f64>(record, RECORD_TIME) < 0) return false
  if (type == PAGE_VISIT) {
    store<u32>(record, 1, RECORD_QUANTITY)
    store<u64>(record, 0, RECORD_REVENUE)
    return true
  }
  return load<u16>(record, RECORD_ITEM_LENGTH) != 0 && completeSale(record, type)
}

/** Quantity of a cart add or a purchase, and revenue of a purchase. */
function completeSale(record: usize, type: u32): bool {
  const quantityLength = load<u32>(record, QUANTITY_LENGTH)
  const quantityForm = quantityLength & FORM_MASK
  let count: i32 = 1
  if (quantityForm != NONE) {
    if (quantityForm == OTHER) return false
    count = quantityOf(<usize>load<u32>(record, QUANTITY), quantityLength >> FORM_BITS)
    if (count < 0) return false
  }
  let revenue: u64 = 0
  if (type == PURCHASE) {
    const priceLength = load<u32>(record, PRICE_LENGTH)
    const priceForm = priceLength & FORM_MASK
    if (priceForm == NONE) {
      store<u8>(record, load<u8>(record, RECORD_FLAGS) | FLAG_UNPRICED, RECORD_FLAGS)
    } else {
      if (priceForm == OTHER) return false
      const minor = priceOf(<usize>load<u32>(record, PRICE), priceLength >> FORM_BITS)
      if (minor < 0) return false
      revenue = <u64>minor * <u64>count
    }
  }
  store<u32>(record, <u32>count, RECORD_QUANTITY)
  store<u64>(record, revenue, RECORD_REVENUE)
  return true
}

/** Whether a value is an id, or no value; the length of none is 0. */
// @ts-ignore: decorator
@inline
function isId(form: u32, at: usize, length: u32): bool {
  if (form == STRING) return length - 1 < MAX_ID_BYTES
  if (form == NUMBER) return length <= MAX_ID_BYTES && isIntegerId(at, length)
  return form == NONE
}
