/** Dates and figures as the reader writes them. Minutes come from the server; here they only become text. */
import type { EffortBody, WeekdayName } from '../api/schema.gen';
import type { Catalogue } from '../i18n/catalogue';
import { WEEKDAYS } from './days';

const MS = 86_400_000;
const at = (day: number) => new Date(day * MS);

export interface Formats {
  locale: string;
  number: (n: number) => string;
  /** As it is typed: without marks between thousands. */
  plain: (n: number) => string;
  /** Minutes as a bare figure of hours: `7.5`. */
  h: (minutes: number) => string;
  /** Minutes as hours with their unit: `7.5 h`. */
  hours: (minutes: number) => string;
  ratio: (r: number | null) => string;
  money: (amount: number, currency: string) => string;
  date: (day: number) => string;
  dateShort: (day: number) => string;
  weekdayDate: (day: number) => string;
  month: (day: number) => string;
  monthShort: (day: number) => string;
  monthYear: (day: number) => string;
  dayOfMonth: (day: number) => string;
  weekdayLetter: (day: number) => string;
  /** `14–25 Mar`; an open end is an arrow. */
  range: (from: number, to: number | null) => string;
  /** `14–25 Mar`, whatever the year. */
  rangeShort: (from: number, to: number) => string;
  /** `3 h/d · Tue, Thu`. */
  effort: (e: EffortBody, weekdays?: readonly WeekdayName[] | null) => string;
}

export function formats(locale: string, t: Catalogue): Formats {
  const of = (o: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...o, timeZone: 'UTC' });
  const shortDate = of({ day: 'numeric', month: 'short' });
  const longDate = of({ day: 'numeric', month: 'short', year: 'numeric' });
  const weekdayDate = of({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  const [month, monthShort, monthYear] = [
    of({ month: 'long' }),
    of({ month: 'short' }),
    of({ month: 'long', year: 'numeric' }),
  ];
  const [dayOfMonth, weekdayLetter] = [of({ day: 'numeric' }), of({ weekday: 'narrow' })];
  const tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const hundredths = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const plain = new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const thisYear = new Date().getFullYear();
  const h = (minutes: number) => tenths.format(minutes / 60);
  return {
    locale,
    number: (n) => tenths.format(n),
    plain: (n) => plain.format(n),
    h,
    hours: (minutes) => t.unit.hours({ n: h(minutes) }),
    ratio: (r) => (r === null ? '–' : percent.format(r)),
    money: (amount, currency) =>
      new Intl.NumberFormat(locale, { style: 'currency', currency }).format(
        amount / minorUnits(currency),
      ),
    date: (day) => longDate.format(at(day)),
    dateShort: (day) => shortDate.format(at(day)),
    weekdayDate: (day) => weekdayDate.format(at(day)),
    month: (day) => month.format(at(day)),
    monthShort: (day) => monthShort.format(at(day)),
    monthYear: (day) => monthYear.format(at(day)),
    dayOfMonth: (day) => dayOfMonth.format(at(day)),
    weekdayLetter: (day) => weekdayLetter.format(at(day)),
    range: (from, to) => {
      const near =
        at(from).getUTCFullYear() === thisYear &&
        (to === null || at(to).getUTCFullYear() === thisYear);
      const form = near ? shortDate : longDate;
      return to === null ? `${form.format(at(from))} →` : form.formatRange(at(from), at(to));
    },
    rangeShort: (from, to) => shortDate.formatRange(at(from), at(to)),
    effort: (e, weekdays) => {
      if (e.per === 'capacity') return t.unit.share({ n: hundredths.format((e.share ?? 0) / 100) });
      const n = hundredths.format((e.minutes ?? 0) / 60);
      if (e.per === 'week') return t.unit.perWeek({ n });
      if (e.per === 'total') return t.unit.total({ n });
      const days = WEEKDAYS.flatMap((day, i) =>
        weekdays?.includes(day) ? [t.people.weekdays[i]] : [],
      );
      return [t.unit.perDay({ n }), days.join(', ')].filter(Boolean).join(' · ');
    },
  };
}

/** Minor units in one unit of a currency: 100 for USD, 1 for JPY. */
export function minorUnits(currency: string): number {
  try {
    return (
      10 **
      (new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions()
        .maximumFractionDigits ?? 2)
    );
  } catch {
    return 100;
  }
}
