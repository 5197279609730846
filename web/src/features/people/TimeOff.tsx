import { useQuery } from '@tanstack/react-query';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { TimeOffKind, TimeOffStatus, TimeOffView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso, toDay } from '@/shared/lib/days';
import { ChoiceField, FormFrame, hoursText, minutesOf, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';

function useKinds() {
  const { t } = useI18n();
  return {
    vacation: t.schedule.vacation,
    sick: t.schedule.sick,
    parental: t.schedule.parental,
    other: t.schedule.otherOff,
  };
}

function TimeOffForm({
  personId,
  record,
  close,
}: {
  personId: string;
  record: TimeOffView | null;
  close: () => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const kinds = useKinds();
  const invalidate = useInvalidate();
  const form = useForm(
    {
      from: record?.from ?? '',
      to: record?.to ?? '',
      kind: (record?.kind ?? 'vacation') as string,
      status: (record?.status ?? 'approved') as string,
      minutes_per_day: hoursText(record?.minutes_per_day),
      reason: record?.reason ?? '',
    },
    (v) => ({
      from: isIso(v.from) ? undefined : t.error.date,
      to: !isIso(v.to) ? t.error.date : v.to < v.from ? t.error.order : undefined,
      minutes_per_day: Number.isNaN(minutesOf(v.minutes_per_day) ?? 0) ? t.error.number : undefined,
    }),
    async (v) => {
      const body = {
        from: v.from,
        to: v.to,
        kind: v.kind as TimeOffKind,
        status: v.status as TimeOffStatus,
        minutes_per_day: minutesOf(v.minutes_per_day),
        reason: v.reason.trim() || null,
      };
      if (record)
        await api.call('change_time_off', { id: record.id }, { body, expect: record.version });
      else await api.call('add_time_off', {}, { body: { person_id: personId, ...body } });
      await invalidate('list_time_offs');
    },
  );
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <div className={ui.formRow}>
        <TextField form={form} name="from" label={t.schedule.start} type="date" required />
        <TextField form={form} name="to" label={t.schedule.end} type="date" required />
      </div>
      <ChoiceField
        form={form}
        name="kind"
        label={t.people.kind}
        options={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
      />
      <ChoiceField
        form={form}
        name="status"
        label={t.people.status}
        options={[
          { value: 'approved', label: t.people.approved },
          { value: 'requested', label: t.people.requested },
        ]}
      />
      <TextField
        form={form}
        name="minutes_per_day"
        label={t.people.hoursPerDay}
        inputMode="decimal"
      />
      <TextField form={form} name="reason" label={t.people.reason} />
    </FormFrame>
  );
}

export function TimeOff({ personId, mayEdit }: { personId: string; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const kinds = useKinds();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_time_offs', { person_id: personId }));
  return (
    <Records
      title={t.people.timeOff}
      empty={t.people.noTimeOff}
      items={query.data}
      error={query.error}
      dateOf={(r) => r.from}
      show={(r) => (
        <>
          {kinds[r.kind]} · {f.range(toDay(r.from), toDay(r.to))}{' '}
          <span className={ui.badge} data-kind={r.status === 'approved' ? 'ok' : 'warn'}>
            {t.people[r.status]}
          </span>
          {r.minutes_per_day !== null && (
            <small>{t.unit.perDay({ n: f.h(r.minutes_per_day) })}</small>
          )}
          {r.reason && <small>{r.reason}</small>}
        </>
      )}
      mayEdit={mayEdit}
      remove={async (r) => {
        await api.call('remove_time_off', { id: r.id }, { expect: r.version });
        await invalidate('list_time_offs');
      }}
      form={(record, close) => <TimeOffForm personId={personId} record={record} close={close} />}
    />
  );
}
