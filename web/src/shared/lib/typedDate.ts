/** Dates as they are typed: in the order of the reader's language, with or without the year, or with the month as a word. */
import { isIso, toDay, toIso } from './days';
import { plain } from './plain';

type Part = 'day' | 'month' | 'year';
const MS = 86_400_000;
const MONTHS = 12;
const CENTURY = 2000;
const LEAST_LETTERS = 3;

const numeric = (locale: string) =>
  new Intl.DateTimeFormat(locale, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    calendar: 'gregory',
    numberingSystem: 'latn',
    timeZone: 'UTC',
  });

const isPart = (type: string): type is Part =>
  type === 'day' || type === 'month' || type === 'year';

/** In which order a language writes the parts of a date: `['day', 'month', 'year']`. */
const orderOf = (locale: string): Part[] =>
  numeric(locale)
    .formatToParts(0)
    .map(({ type }) => type)
    .filter(isPart);

/** A date as it is shown in a field, `04/12/2034`; what is no date stays as it is. */
export const writeDate = (iso: string, locale: string): string =>
  isIso(iso) ? numeric(locale).format(toDay(iso) * MS) : iso;

/** How a date is typed, with these letters for its parts: `dd/mm/yyyy`. */
export const dateHint = (locale: string, letters: Record<Part, string>): string =>
  numeric(locale)
    .formatToParts(0)
    .map(({ type, value }) => (isPart(type) ? letters[type] : value))
    .join('');

/** The month, from 1 on, whose name in that language begins with a word; 0 for none, or for several. */
function monthOf(word: string, locale: string): number {
  if (word.length < LEAST_LETTERS) return 0;
  const format = new Intl.DateTimeFormat(locale, { month: 'long', timeZone: 'UTC' });
  const all = Array.from({ length: MONTHS }, (_, i) => i + 1);
  const found = all.filter((month) =>
    plain(format.format(Date.UTC(CENTURY, month - 1, 1))).startsWith(word),
  );
  return found.length === 1 ? (found[0] ?? 0) : 0;
}

const isoOf = (year: number, month: number, day: number): string | null => {
  const two = (n: number) => String(n).padStart(2, '0');
  const iso = `${String(year < 100 ? CENTURY + year : year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return isIso(iso) ? iso : null;
};

/** A typed date as `YYYY-MM-DD`; `null` for what is none. A date without a year is of the year given. */
export function readDate(typed: string, locale: string, year: number): string | null {
  const text = plain(typed.trim());
  if (isIso(text)) return text;
  const numbers = (text.match(/\d+/g) ?? []).map(Number);
  const words = (text.match(/\p{L}+/gu) ?? []).filter((word) => word !== 'de');
  if (words.length === 1) {
    // "12 Sep", "Sep 12", "12 de septiembre de 2034": of two numbers the year is the second.
    const [day = 0, typedYear = year] = numbers;
    const month = monthOf(words[0] ?? '', locale);
    return month > 0 && numbers.length <= 2 ? isoOf(typedYear, month, day) : null;
  }
  if (words.length > 0 || numbers.length < 2 || numbers.length > 3) return null;
  const first = /^\d{4}/.test(text) ? (['year', 'month', 'day'] as const) : orderOf(locale);
  const order = numbers.length === 2 ? first.filter((part) => part !== 'year') : first;
  const at = (part: Part) => numbers[order.indexOf(part)];
  return isoOf(at('year') ?? year, at('month') ?? 0, at('day') ?? 0);
}

/** Some days after a date. */
export const daysAfter = (iso: string, days: number): string => toIso(toDay(iso) + days);
