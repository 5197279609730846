/** The workspace's default weeks: one list, which is written whole. */
import type { DatedWeekBody } from '@/shared/api/schema.gen';

/** From this day on what has always held. */
export const FIRST_DAY = '1970-01-01';

/** What the form of a week says. */
export interface TypedWeek {
  effective_date: string;
  kind: 'weekly' | 'days';
  weekly_minutes: number | null;
  cycle: number[][];
}

export const without = (weeks: readonly DatedWeekBody[], date: string): DatedWeekBody[] =>
  weeks.filter((week) => week.effective_date !== date);

/** The list with a week in the place of another, or with one more; a cycle goes on counting from where it did. */
export function put(
  weeks: readonly DatedWeekBody[],
  before: DatedWeekBody | null,
  { effective_date, kind, weekly_minutes, cycle }: TypedWeek,
): DatedWeekBody[] {
  const pattern = kind === 'weekly' ? { weekly_minutes } : { cycle, anchor: before?.anchor };
  const others = before ? without(weeks, before.effective_date) : weeks;
  return [...others, { effective_date, ...pattern }];
}
