/** How time is cut into the pieces that are fetched and kept: 13 ISO weeks, or a calendar year where the buckets are months. */
import type { Bucket } from '@/shared/api/schema.gen';
import { monday, monthStart, yearStart } from '@/shared/lib/days';

export interface Span {
  key: string;
  from: number;
  /** Last day, included. */
  to: number;
}
export interface Slot {
  from: number;
  to: number;
}

const WEEKS = 13;
const DAYS = WEEKS * 7;
/** Monday 1970-01-05, from which quarters of 13 weeks are counted. */
const FIRST_MONDAY = 4;

export function spanAt(bucket: Bucket, day: number): Span {
  if (bucket === 'month') {
    const from = yearStart(day);
    return { key: `month:${from}`, from, to: yearStart(day, 1) - 1 };
  }
  const from = FIRST_MONDAY + Math.floor((day - FIRST_MONDAY) / DAYS) * DAYS;
  return { key: `${bucket}:${from}`, from, to: from + DAYS - 1 };
}

export function spansBetween(bucket: Bucket, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let day = from; day <= to;) {
    const span = spanAt(bucket, day);
    spans.push(span);
    day = span.to + 1;
  }
  return spans;
}

/** First day of the bucket that holds a day. */
export const slotStart = (bucket: Bucket, day: number): number =>
  bucket === 'day' ? day : bucket === 'week' ? monday(day) : monthStart(day);

export const slotEnd = (bucket: Bucket, start: number): number =>
  bucket === 'day' ? start : bucket === 'week' ? start + 6 : monthStart(start, 1) - 1;

/** The buckets that touch a period, whole. */
export function slotsBetween(bucket: Bucket, from: number, to: number): Slot[] {
  const slots: Slot[] = [];
  for (let start = slotStart(bucket, from); start <= to;) {
    const end = slotEnd(bucket, start);
    slots.push({ from: start, to: end });
    start = end + 1;
  }
  return slots;
}
