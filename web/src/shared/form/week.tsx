/** A working week as it is typed: hours a week, or hours for each weekday of a cycle of weeks. */
import { TextInput } from '@mantine/core';
import type { Catalogue, Words } from '../i18n/catalogue';
import { hoursText, minutesOf } from '../lib/typed';
import type { AnyValues, Field } from './field';
import { choice, hours, optionsOf } from './fields';
import css from './form.module.css';

const EMPTY_WEEK = ['', '', '', '', '', '', ''];
const bad = (text: string) => Number.isNaN(minutesOf(text) ?? 0);
const byDays = (all: AnyValues) => all.kind === 'days';

/** Hours per weekday for each week of a cycle. */
const cycleField = (t: Catalogue): Field<'cycle', string[][], number[][]> => ({
  name: 'cycle',
  shown: byDays,
  read: (cycle) =>
    (cycle?.length ? cycle : [[]]).map((w) => (w.length === 7 ? w.map(hoursText) : EMPTY_WEEK)),
  write: (weeks) => weeks.map((week) => week.map((day) => minutesOf(day) ?? 0)),
  check: (weeks) => (weeks.flat().some(bad) ? t.error.number : undefined),
  render: ({ value: weeks, set, leave }) =>
    weeks.map((week, i) => (
      <fieldset key={i} className={css.row}>
        <legend>{t.people.cycleWeek({ n: i + 1 })}</legend>
        {week.map((text, day) => (
          <TextInput
            key={day}
            label={t.people.weekdays[day]}
            inputMode="decimal"
            value={text}
            error={bad(text) ? t.error.number : undefined}
            onChange={(e) => {
              const typed = week.with(day, e.currentTarget.value);
              set(weeks.with(i, typed));
            }}
            onBlur={leave}
          />
        ))}
      </fieldset>
    )),
});

/** The fields of a working week; the record says by `kind` which of the two ways it uses. */
export const weekFields = (t: Catalogue) =>
  [
    choice(
      'kind',
      t.people.availability,
      optionsOf({ weekly: t.people.weekly, days: t.people.perWeekday }),
    ),
    hours('weekly_minutes', t.people.weekly, { required: true, shown: (all) => !byDays(all) }),
    cycleField(t),
  ] as const;

/** The hours of a week, day by day; a day and its hours stay on one line. */
export const weekText = (week: readonly number[], { t, f }: Words) =>
  week.map((m, i) => `${t.people.weekdays[i]}\u00a0${f.h(m)}`).join(' · ');
