import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Command, PersonView, TimeOffView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice, date, hours, optionsOf, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay, toIso } from '@/shared/lib/days';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import ui from '@/shared/ui/ui.module.css';
import { Warnings } from '@/shared/ui/Warnings';

function useTexts() {
  const { t } = useI18n();
  const { vacation, sick, parental, otherOff: other } = t.schedule;
  const { approved, requested, declined } = t.people;
  return {
    kinds: { vacation, sick, parental, other },
    statuses: { approved, requested, declined },
    portions: t.people.portions,
  };
}

const MOST_DAYS = 5 * 365;

/** What saving the time off would warn of, as the server works it out. */
function TimeOffWarnings({
  command,
}: {
  command: Command & { body: { from: string; to: string } };
}) {
  const { api } = useWorkspace();
  const { from, to } = command.body;
  const last = toIso(Math.min(toDay(to), toDay(from) + MOST_DAYS));
  const { data } = useQuery({
    queryKey: [api.tenant, 'preview', command],
    queryFn: () => api.call('preview', { from, to: last }, { body: { commands: [command] } }),
    enabled: from <= to,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const projects = useQuery(api.all('list_projects', {}));
  const nameOf = (id: string) => projects.data?.find((p) => p.id === id)?.name;
  return <Warnings warnings={data?.warnings ?? []} nameOf={nameOf} />;
}

interface TimeOffFormProps {
  person: PersonView;
  record: TimeOffView | null;
  close: () => void;
}

function TimeOffForm({ person, record, close }: TimeOffFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { kinds, statuses, portions } = useTexts();
  const written = <B extends { portion: string; minutes_per_day: number | null }>(body: B) => ({
    ...body,
    minutes_per_day: body.portion === 'minutes' ? body.minutes_per_day : null,
  });
  return (
    <ResourceForm
      fields={[
        date('from', t.schedule.start, { required: true, half: true }),
        date('to', t.schedule.end, { required: true, half: true, notBefore: 'from' }),
        choice('kind', t.people.kind, optionsOf(kinds)),
        choice('status', t.people.status, optionsOf(statuses)),
        choice('portion', t.people.portion, optionsOf(portions)),
        hours('minutes_per_day', t.people.hoursPerDay),
        text('reason', t.people.reason),
      ]}
      record={record}
      save={(entered) => {
        const body = written(entered);
        return record
          ? api.call('change_time_off', { id: record.id }, { body, expect: record.version })
          : api.call('add_time_off', {}, { body: { ...body, person_id: person.id } });
      }}
      notice={(entered) =>
        entered && (
          <TimeOffWarnings
            command={{
              op: record ? 'update' : 'create',
              resource: 'time-off',
              id: record?.id,
              body: { ...written(entered), ...(!record && { person_id: person.id }) },
            }}
          />
        )
      }
      touches={['list_time_offs']}
      what={`${person.full_name} · ${t.people.timeOff}`}
      done={close}
      cancel={close}
    />
  );
}

export function TimeOff({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const { kinds, statuses, portions } = useTexts();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_time_offs', { person_id: person.id }));
  return (
    <Records
      about={person.full_name}
      title={t.people.timeOff}
      empty={t.people.noTimeOff}
      items={query.data}
      error={query.error}
      dateOf={(r) => r.from}
      show={(r) => (
        <>
          {kinds[r.kind]} · {f.range(toDay(r.from), toDay(r.to))}{' '}
          <span className={ui.badge} data-kind={r.status === 'approved' ? 'ok' : 'warn'}>
            {statuses[r.status]}
          </span>
          {(r.portion === 'first_half' || r.portion === 'second_half') && (
            <small>{portions[r.portion]}</small>
          )}
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
      form={(record, close) => <TimeOffForm person={person} record={record} close={close} />}
    />
  );
}
