/** The days of a holiday calendar: one list, which is written whole. */
import type { Holiday, Weekday } from '@/shared/api/schema.gen';
import { isIso } from '@/shared/lib/days';

export const WEEKDAYS: readonly Weekday[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

/** What a day of a calendar is: off, half of it off, or worked as another weekday is. */
export type DayKind = 'off' | 'half' | 'worked';
export const kindOf = (day: Holiday): DayKind =>
  day.works_as ? 'worked' : day.half ? 'half' : 'off';

export const yearOf = (day: Holiday) => Number(day.date.slice(0, 4));
const monthDay = (day: Holiday) => day.date.slice(4);
const called = (day: Holiday) => day.name.trim().toLowerCase();

/** Those of a year, by date. */
export const daysOf = (days: readonly Holiday[], year: number): Holiday[] =>
  days
    .filter((day) => yearOf(day) === year)
    .sort((a, b) => a.date.localeCompare(b.date) || a.name.localeCompare(b.name));

const same = (a: Holiday, b: Holiday) =>
  a.date === b.date &&
  a.name === b.name &&
  kindOf(a) === kindOf(b) &&
  (a.works_as ?? null) === (b.works_as ?? null);

/** The list without one of its days. */
export function without(days: readonly Holiday[], gone: Holiday): Holiday[] {
  const at = days.findIndex((day) => same(day, gone));
  return days.filter((_, i) => i !== at);
}

/** The list with a day in the place of another, or with one more. */
export const put = (days: readonly Holiday[], before: Holiday | null, now: Holiday): Holiday[] => [
  ...(before ? without(days, before) : days),
  now,
];

export interface Copy {
  day: Holiday;
  /** Whether a day of this name was on another date in another year. */
  moves: boolean;
}

/** The days off of the year before on the dates of this one, but for those that this one has by name. */
export function copies(days: readonly Holiday[], year: number): Copy[] {
  const known = new Set(daysOf(days, year).map(called));
  return daysOf(days, year - 1)
    .filter((day) => kindOf(day) !== 'worked' && !known.has(called(day)))
    .map((day) => ({
      day: { ...day, date: `${year}${monthDay(day)}` },
      moves: days.some(
        (other) => called(other) === called(day) && monthDay(other) !== monthDay(day),
      ),
    }))
    .filter(({ day }) => isIso(day.date));
}
