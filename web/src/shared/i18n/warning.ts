/** Warnings of a write in the reader's language. */
import type { Warning } from '../api/schema.gen';
import { toDay } from '../lib/days';
import type { Words } from './catalogue';

/** How many days are named; the rest is counted. */
const NAMED = 3;

type About = Pick<Warning, 'dates' | 'count' | 'minutes'>;

function daysOf({ dates, count }: About, { t, f }: Words): string {
  const named = dates.slice(0, NAMED).map((date) => f.dateShort(toDay(date)));
  const days = new Intl.ListFormat(f.locale, { type: 'unit' }).format(named);
  if (count === null) return t.warned.onward({ days });
  const more = count - named.length;
  return more > 0 ? t.warned.more({ days, n: more }) : days;
}

/** What a project is called, where that is known. */
export type NameOf = (projectId: string) => string | undefined;

/** The sentence of a warning; the server's own where a newer one warns of what this app does not know. */
export function sayWarning(
  warning: About & Pick<Warning, 'code' | 'detail' | 'project_id'>,
  words: Words,
  nameOf: NameOf = () => undefined,
): string {
  const { t, f } = words;
  const texts: Readonly<Record<string, string>> = t.warnings;
  const text = Object.hasOwn(texts, warning.code) ? texts[warning.code] : undefined;
  if (text === undefined) return warning.detail;
  const { minutes, project_id: id } = warning;
  const hours = minutes === null ? t.warned.endless : f.hours(minutes);
  const project = (id === null ? undefined : nameOf(id)) ?? t.warned.project;
  return text
    .replace('{days}', () => daysOf(warning, words))
    .replace('{hours}', () => hours)
    .replace('{project}', () => project);
}
