/** Form fields that only the booking editor has. */
import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { EffortBody, ProjectView } from '@/shared/api/schema.gen';
import type { Field, FieldState } from '@/shared/form/field';
import { date, text, type Option } from '@/shared/form/fields';
import { asNew, isNew, newName } from '@/shared/form/reference';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { parseEffort, writeEffort } from '@/shared/lib/effort';

/** An existing project, or the name of one to create with the booking. */
export const projectField = (
  t: Catalogue,
  projects: ProjectView[],
): Field<'project', string, string> => ({
  name: 'project',
  read: (value) => value ?? '',
  write: (value) => value,
  check: (value) =>
    isNew(value) || projects.some((p) => p.id === value) ? undefined : t.error.required,
  render: (state) => <ProjectSelect state={state} projects={projects} />,
});

function ProjectSelect(props: { state: FieldState<string>; projects: ProjectView[] }) {
  const { t } = useI18n();
  const { value, error, set } = props.state;
  const [search, setSearch] = useState('');
  const list = props.projects.filter((p) => !p.archived || p.id === value);
  const typed = search.trim();
  const options = list.map((p) => ({
    value: p.id,
    label: p.code ? `${p.name} (${p.code})` : p.name,
  }));
  if (isNew(value)) options.push({ value, label: newName(value) });
  else if (typed !== '' && !list.some((p) => p.name.toLowerCase() === typed.toLowerCase()))
    options.push({ value: asNew(typed), label: t.schedule.createProject({ name: typed }) });
  return (
    <Select
      label={t.schedule.project}
      placeholder={t.schedule.projectHint}
      required
      searchable
      openOnFocus={false}
      autoFocus
      data={options}
      value={options.some((o) => o.value === value) ? value : null}
      error={error}
      nothingFoundMessage={t.schedule.noProjectFound}
      onSearchChange={setSearch}
      onChange={(chosen) => set(chosen ?? '')}
      comboboxProps={{ withinPortal: false }}
    />
  );
}

/** Effort as text such as `20h/w`; `typed` is called when the user edits it. */
export function effortField(
  t: Catalogue,
  typed: () => void,
): Field<'effort', string, EffortBody | null> {
  const line = text('effort', t.schedule.effort, {
    required: true,
    placeholder: t.schedule.effortHint,
  });
  return {
    name: 'effort',
    read: (effort) => (effort ? writeEffort(effort) : ''),
    write: parseEffort,
    check: (value) => (parseEffort(value) ? undefined : t.schedule.effortBad),
    render: (state) =>
      line.render({
        ...state,
        set: (value) => {
          typed();
          state.set(value);
        },
      }),
  };
}

/** The last day; while empty, a hint says that the booking has no end. */
export const endField = (t: Catalogue): Field<'end', string, string | null> => ({
  ...date('end', t.schedule.end, { half: true, notBefore: 'start' }),
  render: ({ value, error, set, leave }) => (
    <TextInput
      type="date"
      label={t.schedule.end}
      description={value === '' ? t.schedule.openEnd : undefined}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      error={error}
      onChange={(e) => set(e.currentTarget.value)}
      onBlur={leave}
    />
  ),
});

/** One of the people in the schedule; only when editing. */
export const personField = (
  t: Catalogue,
  people: Option<string>[],
  editing: boolean,
): Field<'person_id', string, string> => ({
  name: 'person_id',
  shown: () => editing,
  read: (value) => value ?? '',
  write: (value) => value,
  render: ({ value, set }) => (
    <Select
      label={t.schedule.person}
      searchable
      openOnFocus={false}
      data={people}
      value={value}
      allowDeselect={false}
      onChange={(chosen) => chosen && set(chosen)}
      comboboxProps={{ withinPortal: false }}
    />
  ),
});
