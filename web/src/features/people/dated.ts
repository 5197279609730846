/** Dated records of several kinds, told as one history: what holds from a day on, and what held before. */
import type { ReactNode } from 'react';
import type { Catalogue } from '@/shared/i18n/catalogue';

/** One record, whatever its kind. */
export interface Entry {
  id: string;
  /** What kind of record it is. */
  title: string;
  date: string;
  /** What stands in place of the date. */
  dateText: string | undefined;
  says: ReactNode;
  remove: () => Promise<unknown>;
  form: (close: () => void) => ReactNode;
}

export interface Kind {
  title: string;
  /** What holds where there is no record. */
  none: string;
  /** The newest first. */
  entries: Entry[] | undefined;
  error: unknown;
  /** The form for a new one. */
  form: (close: () => void) => ReactNode;
}

interface Source<R> extends Pick<Kind, 'title' | 'none'> {
  query: { data?: R[]; error: unknown };
  dateText?: (r: R) => string | undefined;
  /** A record in words, beside the one whose place it takes. */
  says: (r: R, before: R | undefined) => ReactNode;
  remove: (r: R) => Promise<unknown>;
  form: (record: R | null, close: () => void) => ReactNode;
}

export function kindOf<R extends { id: string; effective_date: string }>(of: Source<R>): Kind {
  const { title, none, query } = of;
  const records = query.data?.toSorted((a, b) => b.effective_date.localeCompare(a.effective_date));
  const entries = records?.map((r, i) => ({
    id: r.id,
    title,
    date: r.effective_date,
    dateText: of.dateText?.(r),
    says: of.says(r, records[i + 1]),
    remove: () => of.remove(r),
    form: (close: () => void) => of.form(r, close),
  }));
  return { title, none, entries, error: query.error, form: (close) => of.form(null, close) };
}

/** What holds now, and what held before where that was something else. */
export const sayChange = (t: Catalogue, now: string, before: string | undefined): string =>
  before === undefined || before === now ? now : t.plan.changed({ now, before });
