import { useQuery } from '@tanstack/react-query';
import { TextInput } from '@mantine/core';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { AvailabilityView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso } from '@/shared/lib/days';
import { ChoiceField, FormFrame, hoursText, minutesOf, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';

const EMPTY_WEEK = ['', '', '', '', '', '', ''];
const bad = (text: string) => Number.isNaN(minutesOf(text) ?? 0);

function AvailabilityForm({
  personId,
  record,
  close,
}: {
  personId: string;
  record: AvailabilityView | null;
  close: () => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const simple = !record || (record.weekly_minutes !== null && record.weekly_minutes !== undefined);
  const form = useForm(
    {
      effective_date: record?.effective_date ?? '',
      kind: simple ? 'weekly' : 'days',
      weekly: hoursText(record?.weekly_minutes),
      cycle: (record?.cycle ?? [[]]).map((week) =>
        week.length === 7 ? week.map(hoursText) : EMPTY_WEEK,
      ),
    },
    (v) => ({
      effective_date: isIso(v.effective_date) ? undefined : t.error.date,
      weekly:
        v.kind === 'weekly' && (v.weekly.trim() === '' || bad(v.weekly))
          ? t.error.number
          : undefined,
      cycle: v.kind === 'days' && v.cycle.flat().some(bad) ? t.error.number : undefined,
    }),
    async (v) => {
      const pattern =
        v.kind === 'weekly'
          ? { weekly_minutes: minutesOf(v.weekly) ?? 0 }
          : { cycle: v.cycle.map((week) => week.map((d) => minutesOf(d) ?? 0)) };
      const body = { effective_date: v.effective_date, ...pattern };
      if (record) {
        // Whichever way of saying it is not used any more is taken out.
        const other =
          v.kind === 'weekly' ? { cycle: null, anchor: null } : { weekly_minutes: null };
        const at = { id: personId, record_id: record.id };
        await api.call('change_availability', at, {
          body: { ...body, ...other },
          expect: record.version,
        });
      } else await api.call('add_availability', { id: personId }, { body });
      await invalidate('list_availabilities', 'get_person');
    },
  );
  const setDay = (week: number, day: number, text: string) =>
    form.set(
      'cycle',
      form.values.cycle.map((w, i) => (i === week ? w.map((d, j) => (j === day ? text : d)) : w)),
    );
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <TextField
        form={form}
        name="effective_date"
        label={t.people.effective}
        type="date"
        required
      />
      <ChoiceField
        form={form}
        name="kind"
        label={t.people.availability}
        options={[
          { value: 'weekly', label: t.people.weekly },
          { value: 'days', label: t.people.perWeekday },
        ]}
      />
      {form.values.kind === 'weekly' ? (
        <TextField form={form} name="weekly" label={t.people.weekly} inputMode="decimal" required />
      ) : (
        form.values.cycle.map((week, i) => (
          <fieldset key={i} className={ui.formRow}>
            <legend>{t.people.cycleWeek({ n: i + 1 })}</legend>
            {week.map((text, day) => (
              <TextInput
                key={day}
                label={t.people.weekdays[day]}
                inputMode="decimal"
                value={text}
                error={bad(text) ? t.error.number : undefined}
                onChange={(e) => setDay(i, day, e.currentTarget.value)}
              />
            ))}
          </fieldset>
        ))
      )}
    </FormFrame>
  );
}

export function Availability({ personId, mayEdit }: { personId: string; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_availabilities', { id: personId }));
  const days = (week: number[]) =>
    week.map((m, i) => `${t.people.weekdays[i]} ${f.h(m)}`).join(' · ');
  return (
    <Records
      title={t.people.availability}
      empty={t.people.noAvailability}
      items={query.data}
      error={query.error}
      dateOf={(r) => r.effective_date}
      show={(r) => (
        <>
          {r.weekly_minutes !== null && r.weekly_minutes !== undefined
            ? t.unit.perWeek({ n: f.h(r.weekly_minutes) })
            : null}
          {r.cycle.map((week, i) => (
            <small key={i}>{days(week)}</small>
          ))}
        </>
      )}
      mayEdit={mayEdit}
      remove={async (r) => {
        await api.call(
          'remove_availability',
          { id: personId, record_id: r.id },
          { expect: r.version },
        );
        await invalidate('list_availabilities', 'get_person');
      }}
      form={(record, close) => (
        <AvailabilityForm personId={personId} record={record} close={close} />
      )}
    />
  );
}
