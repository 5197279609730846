/** Civil dates as whole days since 1970-01-01; ISO weeks start on Mondays. No time zones below this line. */

const MS = 86_400_000;

export const toDay = (iso: string): number => Math.round(Date.parse(`${iso}T00:00:00Z`) / MS);
export const toIso = (day: number): string => new Date(day * MS).toISOString().slice(0, 10);
export const isIso = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(toDay(text)) && toIso(toDay(text)) === text;

/** As the API names them, in the order of a week. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** 0 Monday … 6 Sunday. */
export const weekday = (day: number): number => (((day + 3) % 7) + 7) % 7;
export const monday = (day: number): number => day - weekday(day);

/** Today in the reader's own time zone. */
export function today(now = new Date()): number {
  return Math.round(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate()) / MS);
}

const parts = (day: number): [year: number, month: number] => {
  const d = new Date(day * MS);
  return [d.getUTCFullYear(), d.getUTCMonth()];
};
const first = (year: number, month: number) => Math.round(Date.UTC(year, month, 1) / MS);

export const monthStart = (day: number, plus = 0): number => {
  const [y, m] = parts(day);
  return first(y, m + plus);
};
export const quarterStart = (day: number, plus = 0): number => {
  const [y, m] = parts(day);
  return first(y, m - (m % 3) + 3 * plus);
};
export const yearStart = (day: number, plus = 0): number => first(parts(day)[0] + plus, 0);

/** ISO 8601 week number of a day. */
export function isoWeek(day: number): number {
  const thursday = monday(day) + 3;
  return Math.floor((thursday - yearStart(thursday)) / 7) + 1;
}
