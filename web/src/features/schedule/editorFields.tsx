/** Form fields that only the booking editor has. */
import { NativeSelect, Select } from '@mantine/core';
import { useState } from 'react';
import type { EffortBody, ProjectView, WeekdayName } from '@/shared/api/schema.gen';
import { DateInput } from '@/shared/form/DateInput';
import type { AnyValues, Field, FieldState } from '@/shared/form/field';
import { check, date, text } from '@/shared/form/fields';
import { asNew, isNew, newName } from '@/shared/form/reference';
import type { Catalogue, Words } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { WEEKDAYS } from '@/shared/lib/days';
import { parseEffort, writeEffort } from '@/shared/lib/effort';
import css from './schedule.module.css';

/** An existing project, or the name of one to create with the booking. */
export const projectField = (
  t: Catalogue,
  /** Undefined until they are known: nobody creates one that is there. */
  projects: ProjectView[] | undefined,
): Field<'project_id', string, string> => ({
  name: 'project_id',
  read: (value) => value ?? '',
  write: (value) => value,
  check: (value) =>
    isNew(value) || projects?.some((p) => p.id === value) ? undefined : t.error.required,
  render: (state) => <ProjectSelect state={state} projects={projects} />,
});

function ProjectSelect(props: { state: FieldState<string>; projects: ProjectView[] | undefined }) {
  const { t } = useI18n();
  const { value, error, set } = props.state;
  const [search, setSearch] = useState('');
  const list = (props.projects ?? []).filter((p) => !p.archived || p.id === value);
  const typed = search.trim();
  const options = list.map((p) => ({
    value: p.id,
    label: p.code ? `${p.name} (${p.code})` : p.name,
  }));
  if (isNew(value)) options.push({ value, label: newName(value) });
  else if (
    props.projects &&
    typed !== '' &&
    !list.some((p) => p.name.toLowerCase() === typed.toLowerCase())
  )
    options.push({ value: asNew(typed), label: t.schedule.createProject({ name: typed }) });
  return (
    <Select
      label={t.schedule.project}
      placeholder={t.schedule.projectHint}
      required
      searchable
      selectFirstOptionOnChange
      openOnFocus={false}
      autoFocus
      data={options}
      value={options.some((o) => o.value === value) ? value : null}
      error={error}
      nothingFoundMessage={t.schedule.noProjectFound}
      onSearchChange={setSearch}
      onChange={(chosen) => set(chosen ?? '')}
      comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
    />
  );
}

/** Effort as text such as `20h/w`. */
export const effortField = ({ t, f }: Words): Field<'effort', string, EffortBody | null> => ({
  ...text('effort', t.schedule.effort, { required: true, placeholder: t.schedule.effortHint }),
  read: (effort) => (effort ? writeEffort(effort, { t, f }) : ''),
  write: parseEffort,
  check: (value) => (parseEffort(value) ? undefined : t.schedule.effortBad),
});

const isDaily = (all: AnyValues) => parseEffort(String(all.effort))?.per === 'day';

/** The days on which daily effort counts; none chosen stands for all. Shown where it says something, and kept until it is unchosen. */
export const weekdaysField = (
  t: Catalogue,
): Field<'weekdays', WeekdayName[], WeekdayName[] | null> => ({
  name: 'weekdays',
  shown: (all) => isDaily(all) || (all.weekdays as WeekdayName[]).length > 0,
  read: (days) => days ?? [],
  write: (days) => (days.length > 0 ? days : null),
  check: (days, _, all) => (days.length > 0 && !isDaily(all) ? t.schedule.dailyOnly : undefined),
  render: ({ value, error, set }) => (
    <fieldset className={css.weekdays}>
      <legend>{t.schedule.onlyOn}</legend>
      {WEEKDAYS.map((day, i) => (
        <label key={day}>
          <input
            type="checkbox"
            checked={value.includes(day)}
            onChange={(e) =>
              set(WEEKDAYS.filter((d) => (d === day ? e.target.checked : value.includes(d))))
            }
          />
          <span>{t.people.weekdays[i]}</span>
        </label>
      ))}
      {error && <p role="alert">{error}</p>}
    </fieldset>
  ),
});

export const nonWorkingField = (t: Catalogue) =>
  check('include_non_working', t.schedule.nonWorking, {
    usual: false,
    shown: (all) => isDaily(all) || all.include_non_working === true,
    check: (on, _, all) => (on && !isDaily(all) ? t.schedule.dailyOnly : undefined),
  });

type Billing = 'project' | 'yes' | 'no';

/** Billable by its own word, or as its project is. */
export const billableField = (t: Catalogue): Field<'billable', Billing, boolean | null> => ({
  name: 'billable',
  read: (own) => (typeof own === 'boolean' ? (own ? 'yes' : 'no') : 'project'),
  write: (billing) => (billing === 'project' ? null : billing === 'yes'),
  render: ({ name, value, error, set }) => (
    <NativeSelect
      name={name}
      label={t.schedule.billing}
      data={[
        { value: 'project', label: t.schedule.asProject },
        { value: 'yes', label: t.schedule.billable },
        { value: 'no', label: t.schedule.notBillable },
      ]}
      value={value}
      error={error}
      onChange={(e) => set(e.currentTarget.value as Billing)}
    />
  ),
});

/** The last day; while empty, a hint says that the booking has no end. */
export const endField = (t: Catalogue): Field<'end', string, string | null> => ({
  ...date('end', t.schedule.end, { half: true, notBefore: 'start' }),
  render: ({ name, value, error, set, leave }) => (
    <DateInput
      {...{ name, value, error, set, leave }}
      label={t.schedule.end}
      description={value === '' ? t.schedule.openEnd : undefined}
    />
  ),
});
