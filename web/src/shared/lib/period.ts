/** Periods as people name them; both ends included. */
import { quarterStart, weekday } from './days';

export interface Period {
  from: number;
  to: number;
}
export type WeekStart = 'monday' | 'sunday' | 'saturday';

const OFFSET = { monday: 0, sunday: 1, saturday: 2 } as const;

/** The week that holds a day, by the workspace's own first day. */
export function weekOf(day: number, start: WeekStart): Period {
  const from = day - ((weekday(day) + OFFSET[start]) % 7);
  return { from, to: from + 6 };
}

export const weeksFrom = (day: number, weeks: number, start: WeekStart): Period => {
  const { from } = weekOf(day, start);
  return { from, to: from + weeks * 7 - 1 };
};

export const quarterOf = (day: number): Period => ({
  from: quarterStart(day),
  to: quarterStart(day, 1) - 1,
});

/** The period of the same length that ends the day before. */
export const before = (p: Period): Period => ({
  from: p.from - (p.to - p.from + 1),
  to: p.from - 1,
});

/** Today where a workspace keeps its calendar. */
export function todayIn(timeZone: string, now = new Date()): string {
  try {
    return new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    }).format(now);
  } catch {
    return now.toISOString().slice(0, 10);
  }
}
