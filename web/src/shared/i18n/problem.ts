/** Error messages in the reader's language. */
import { ApiError, OfflineError, type Problem } from '../api/client';
import { isIso, toDay } from '../lib/days';
import type { Formats } from '../lib/format';
import type { Words } from './catalogue';

/** The parts of a problem document that make a message: a stable code, parameters, and English fallbacks. */
export interface Said {
  code?: string;
  params?: Readonly<Record<string, unknown>>;
  detail?: string;
  title?: string;
}
function written(value: unknown, f: Formats): string | null {
  if (Array.isArray(value)) {
    const parts = value.map((part: unknown) => written(part, f));
    const whole = parts.filter((part) => part !== null);
    return whole.length < parts.length ? null : new Intl.ListFormat(f.locale).format(whole);
  }
  if (typeof value === 'number') return f.number(value);
  if (typeof value === 'string') return isIso(value) ? f.date(toDay(value)) : value;
  return null;
}

/** The message of a problem's code. Falls back to the server's `detail` if there is no text for the code or a parameter is missing. */
export function sayProblem({ code, params = {}, detail, title }: Said, { t, f }: Words): string {
  const own = detail ?? title ?? t.error.unexpected;
  const texts: Readonly<Record<string, string>> = t.problems;
  const text = code !== undefined && Object.hasOwn(texts, code) ? texts[code] : undefined;
  if (text === undefined) return own;
  let missing = false;
  const filled = text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = written(params[name], f);
    missing ||= value === null;
    return value ?? '';
  });
  return missing ? own : filled;
}

/** The latest change that stands in the way, where a problem tells of some. */
function sayChange(changes: Problem['changes'], { t, f }: Words): string {
  const [last] = changes ?? [];
  if (!last) return '';
  const {
    start,
    end,
    notes,
    location,
    effort,
    role,
    onlyOn: weekdays,
    nonWorking: include_non_working,
    billing: billable,
    person: person_id,
    project: project_id,
  } = t.schedule;
  const { tentative: status } = t.schedule;
  const names: Readonly<Record<string, string>> = {
    start,
    end,
    notes,
    location,
    effort,
    role,
    weekdays,
    include_non_working,
    billable,
    person_id,
    project_id,
    status,
  };
  const fields = last.changes.flatMap(({ field }) =>
    Object.hasOwn(names, field) ? [names[field]] : [],
  );
  const what = new Intl.ListFormat(f.locale).format(fields.filter((name) => name !== undefined));
  const when = f.date(toDay(last.recorded_at.slice(0, 10)));
  return ` ${t.error.changedBy({ name: last.actor?.name ?? t.app.name, when, what })}`;
}

/** A message for anything that was thrown. */
export function sayError(error: unknown, words: Words): string {
  if (error instanceof OfflineError) return words.t.error.offline;
  if (!(error instanceof ApiError)) return words.t.error.unexpected;
  const { problem } = error;
  return sayProblem(problem, words) + sayChange(problem.changes, words);
}
