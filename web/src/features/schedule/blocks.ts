/** How time is cut into the pieces that are fetched and kept: 13 weeks from the workspace's first day of the week on, or a calendar year where the buckets are months. */
import type { Bucket } from '@/shared/api/schema.gen';
import { monthStart, yearStart } from '@/shared/lib/days';
import { weekOf, type WeekStart } from '@/shared/lib/period';

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
/** Monday 1970-01-05: quarters of 13 weeks are counted from the week that holds it. */
const FIRST_MONDAY = 4;

export function spanAt(bucket: Bucket, day: number, weekStart: WeekStart): Span {
  if (bucket === 'month') {
    const from = yearStart(day);
    return { key: `month:${from}`, from, to: yearStart(day, 1) - 1 };
  }
  const first = weekOf(FIRST_MONDAY, weekStart).from;
  const from = first + Math.floor((day - first) / DAYS) * DAYS;
  return { key: `${bucket}:${from}`, from, to: from + DAYS - 1 };
}

export function spansBetween(
  bucket: Bucket,
  from: number,
  to: number,
  weekStart: WeekStart,
): Span[] {
  const spans: Span[] = [];
  for (let day = from; day <= to;) {
    const span = spanAt(bucket, day, weekStart);
    spans.push(span);
    day = span.to + 1;
  }
  return spans;
}

/** First day of the bucket that holds a day. */
export const slotStart = (bucket: Bucket, day: number, weekStart: WeekStart): number =>
  bucket === 'day' ? day : bucket === 'week' ? weekOf(day, weekStart).from : monthStart(day);

export const slotEnd = (bucket: Bucket, start: number): number =>
  bucket === 'day' ? start : bucket === 'week' ? start + 6 : monthStart(start, 1) - 1;

/** The buckets that touch a period, whole. */
export function slotsBetween(
  bucket: Bucket,
  from: number,
  to: number,
  weekStart: WeekStart,
): Slot[] {
  const slots: Slot[] = [];
  for (let start = slotStart(bucket, from, weekStart); start <= to;) {
    const end = slotEnd(bucket, start);
    slots.push({ from: start, to: end });
    start = end + 1;
  }
  return slots;
}
