import { TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AvailabilityView, PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { AnyValues, Field } from '@/shared/form/field';
import { choice, date, hours, optionsOf } from '@/shared/form/fields';
import css from '@/shared/form/form.module.css';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { hoursText, minutesOf } from '@/shared/lib/typed';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';

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

interface AvailabilityFormProps {
  person: PersonView;
  record: AvailabilityView | null;
  close: () => void;
}

function AvailabilityForm({ person, record, close }: AvailabilityFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const kinds = optionsOf({ weekly: t.people.weekly, days: t.people.perWeekday });
  const weekly = (all: AnyValues) => !byDays(all);
  return (
    <ResourceForm
      fields={[
        date('effective_date', t.people.effective, { required: true }),
        choice('kind', t.people.availability, kinds),
        hours('weekly_minutes', t.people.weekly, { required: true, shown: weekly }),
        cycleField(t),
      ]}
      record={record && { ...record, kind: record.weekly_minutes === null ? 'days' : 'weekly' }}
      save={({ kind, effective_date, weekly_minutes, cycle }) => {
        const pattern = kind === 'weekly' ? { weekly_minutes } : { cycle };
        const body = { effective_date, ...pattern };
        if (!record) return api.call('add_availability', { id: person.id }, { body });
        // Whichever way of saying it is not used any more is taken out.
        const other = kind === 'weekly' ? { cycle: null, anchor: null } : { weekly_minutes: null };
        const at = { id: person.id, record_id: record.id };
        const options = { body: { ...body, ...other }, expect: record.version };
        return api.call('change_availability', at, options);
      }}
      touches={['list_availabilities', 'get_person']}
      what={`${person.full_name} · ${t.people.availability}`}
      done={close}
      cancel={close}
    />
  );
}

export function Availability({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_availabilities', { id: person.id }));
  const days = (week: number[]) =>
    // A day and its hours stay on one line.
    week.map((m, i) => `${t.people.weekdays[i]}\u00a0${f.h(m)}`).join(' · ');
  return (
    <Records
      about={person.full_name}
      title={t.people.availability}
      empty={t.people.noAvailability}
      items={query.data}
      error={query.error}
      dateOf={(r) => r.effective_date}
      show={(r) => (
        <>
          {r.weekly_minutes !== null && t.unit.perWeek({ n: f.h(r.weekly_minutes) })}
          {r.cycle.map((week, i) => (
            <small key={i}>{days(week)}</small>
          ))}
        </>
      )}
      mayEdit={mayEdit}
      remove={async (r) => {
        const at = { id: person.id, record_id: r.id };
        await api.call('remove_availability', at, { expect: r.version });
        await invalidate('list_availabilities', 'get_person');
      }}
      form={(record, close) => <AvailabilityForm person={person} record={record} close={close} />}
    />
  );
}
