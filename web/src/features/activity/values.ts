/** What fields hold, in the reader's words. */
import type { AuditItem, EffortBody, WeekdayName } from '@/shared/api/schema.gen';
import type { Words } from '@/shared/i18n/catalogue';
import { isIso, toDay, today, WEEKDAYS } from '@/shared/lib/days';
import { choicesOf, fieldName, REFERENCES, type Reference } from './fields';
import { isId } from './search';

/** A text, or the id of something whose name has to be asked for. */
export type Part = string | { of: Reference; id: string };

/** One line about a field. A list says what came and what went, everything else what it was and is. */
export interface Line {
  field: string;
  label: string;
  before: Part[];
  after: Part[];
  list: boolean;
}

const NONE = '–';
const MOST_LETTERS = 240;
const MOST_IN_LIST = 6;
const FROM_THE_START = '1970-01-01';
/** Lists of things that come and go one by one. */
const LISTS = ['tags', 'skills', 'phases', 'milestones', 'holidays', 'employment', 'default_week'];
/** What the label names already. */
const NAMED = ['person_id', 'project_id', 'placeholder_id'];
/** What a reader looks for first; the rest follows as the server has it. */
const FIRST = [
  ...NAMED,
  'start',
  'end',
  'from',
  'to',
  'effective_date',
  'effort',
  'status',
  'weekly_minutes',
];

type Fields = Readonly<Record<string, unknown>>;
const isFields = (v: unknown): v is Fields =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
const isNothing = (v: unknown) => v === null || v === undefined || v === '';

/** The parts of several values, with commas between them. */
const joined = (all: readonly Part[][], between = ', '): Part[] =>
  all.flatMap((parts, i) => (i > 0 ? [between, ...parts] : parts));

function sayDate(iso: string, { t, f }: Words): string {
  return iso === FROM_THE_START ? t.people.fromTheStart : f.date(toDay(iso));
}

function sayText(value: string, words: Words): string {
  if (isIso(value)) return sayDate(value, words);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return words.f.date(today(new Date(value)));
  return value.length > MOST_LETTERS ? `${value.slice(0, MOST_LETTERS)}…` : value;
}

const sayMoney = (value: unknown, { f }: Words) =>
  isFields(value) && typeof value.amount === 'number' && typeof value.currency === 'string'
    ? f.money(value.amount, value.currency)
    : '';

/** A cycle of weeks, each with the hours of its days. */
const sayCycle = (weeks: readonly unknown[], { t, f }: Words) =>
  weeks
    .map((week) =>
      (Array.isArray(week) ? week : [])
        .flatMap((m: unknown, i) =>
          typeof m === 'number' && m > 0 ? [`${t.people.weekdays[i]}\u00a0${f.h(m)}`] : [],
        )
        .join(' · '),
    )
    .join('; ');

const dates = ({ from, to }: Fields, { t, f }: Words) =>
  [
    typeof from === 'string' && t.people.since({ date: f.date(toDay(from)) }),
    typeof to === 'string' && t.people.until({ date: f.date(toDay(to)) }),
  ]
    .filter(Boolean)
    .join(', ') || t.activity.always;

/** One item of a list. */
function sayItem(field: string, item: unknown, words: Words): Part[] {
  const { t, f } = words;
  if (!isFields(item)) return [typeof item === 'string' ? sayText(item, words) : String(item)];
  const name = typeof item.name === 'string' ? item.name : '';
  const on = typeof item.date === 'string' ? sayDate(item.date, words) : '';
  if (field === 'employment') return [dates(item, words)];
  if (field === 'skills' && isId(item.skill_id)) {
    const level =
      typeof item.level === 'number' ? ` (${t.people.levelOf({ level: item.level })})` : '';
    return [{ of: 'skill', id: item.skill_id }, level];
  }
  if (field === 'phases' && typeof item.from === 'string' && typeof item.to === 'string')
    return [`${name} ${f.range(toDay(item.from), toDay(item.to))}`];
  if (field === 'holidays') {
    const what = `${name} ${on}`;
    const as = WEEKDAYS.findIndex((day) => String(item.works_as ?? '').startsWith(day));
    if (as >= 0) return [t.activity.worksAs({ what, day: t.people.weekdays[as] ?? '' })];
    return [item.half === true ? t.activity.halfDay({ what }) : what];
  }
  if (field === 'default_week') {
    const since =
      typeof item.effective_date === 'string' ? sayDate(item.effective_date, words) : '';
    const week = Array.isArray(item.cycle)
      ? sayCycle(item.cycle, words)
      : t.unit.perWeek({ n: f.h(Number(item.weekly_minutes)) });
    return [`${since}: ${week}`];
  }
  if (field === 'milestones') return [`${name} ${on}`];
  return [sayFields(item, words)];
}

/** Something that no rule is written for, as an old import may have it. */
function sayFields(value: Fields, words: Words): string {
  return Object.entries(value)
    .filter(([, v]) => !isNothing(v))
    .map(([field, v]) => `${fieldName('', field, words.t)}: ${sayPlain(v, words)}`)
    .join(', ');
}

function sayPlain(value: unknown, words: Words): string {
  if (isNothing(value)) return NONE;
  if (typeof value === 'boolean') return value ? words.t.activity.yes : words.t.activity.no;
  if (typeof value === 'number') return words.f.number(value);
  if (typeof value === 'string') return sayText(value, words);
  if (Array.isArray(value)) return value.map((v) => sayPlain(v, words)).join(', ') || NONE;
  return (isFields(value) && sayFields(value, words)) || NONE;
}

function sayList(field: string, items: readonly unknown[], words: Words): Part[] {
  const shown = items.slice(0, MOST_IN_LIST).map((item) => sayItem(field, item, words));
  const n = items.length - shown.length;
  return joined(n > 0 ? [...shown, [words.t.activity.listMore({ n })]] : shown);
}

/** A field's value. */
export function sayValue(entity: string, field: string, value: unknown, words: Words): Part[] {
  const { t, f } = words;
  if (field === 'employment' && !isNothing(value))
    return Array.isArray(value) && value.length > 0
      ? sayList(field, value, words)
      : [t.activity.never];
  if (field === 'employment') return [t.activity.always];
  if (isNothing(value))
    return [entity === 'assignment' && field === 'end' ? t.schedule.openEnd : NONE];
  const of = REFERENCES[field];
  if (of && isId(value)) return [{ of, id: value }];
  const choice = typeof value === 'string' ? choicesOf(entity, field, t)?.[value] : undefined;
  if (choice !== undefined) return [choice];
  if (field === 'effort' && isFields(value) && typeof value.per === 'string')
    return [f.effort(value as unknown as EffortBody)];
  if (field === 'colour' && typeof value === 'number')
    return [t.projects.colourName[value - 1] ?? f.number(value)];
  if (/(^|_)minutes(_|$)/.test(field) && typeof value === 'number') return [f.hours(value)];
  if (field === 'amount') return [sayMoney(value, words) || sayPlain(value, words)];
  if (field === 'budget' && isFields(value)) {
    const hours = typeof value.minutes === 'number' && f.hours(value.minutes);
    return [[hours, sayMoney(value.money, words)].filter(Boolean).join(' · ') || NONE];
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return [NONE];
    if (field === 'cycle') return [sayCycle(value, words)];
    if (field === 'weekdays')
      return [value.map((day: WeekdayName) => t.people.weekdays[WEEKDAYS.indexOf(day)]).join(', ')];
    return sayList(field, value, words);
  }
  return [sayPlain(value, words)];
}

const without = (all: readonly unknown[], others: readonly unknown[]) => {
  const known = new Set(others.map((v) => JSON.stringify(v)));
  return all.filter((v) => !known.has(JSON.stringify(v)));
};

/** The lines about an event, those that a reader looks for first in front. */
export function linesOf(item: AuditItem, words: Words): Line[] {
  const { t } = words;
  const { entity, action, label } = item;
  // Of what is new, or gone, the usual says nothing, nor does what the label says.
  const isTelling = (field: string, value: unknown) => {
    const named = typeof value === 'string' && (label === value || label.endsWith(` – ${value}`));
    return value !== false && !named && !NAMED.includes(field);
  };
  const rank = (field: string) => (FIRST.includes(field) ? FIRST.indexOf(field) : FIRST.length);
  return item.changes
    .filter((c) => action === 'changed' || isTelling(c.field, c.after ?? c.before))
    .sort((a, b) => rank(a.field) - rank(b.field))
    .map(({ field, before, after }) => {
      const list = LISTS.includes(field) && Array.isArray(before) && Array.isArray(after);
      const say = (value: unknown) => sayValue(entity, field, value, words);
      const base = { field, label: fieldName(entity, field, t), list };
      if (!list) return { ...base, before: say(before), after: say(after) };
      const [went, came] = [without(before, after), without(after, before)];
      return {
        ...base,
        before: went.length > 0 ? sayList(field, went, words) : [],
        after: came.length > 0 ? sayList(field, came, words) : [],
      };
    });
}
