import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { Command, PersonView, TimeOffView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice, optionsOf } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay, toIso } from '@/shared/lib/days';
import { useTimeOffFields, useTimeOffTexts, writtenTimeOff } from '@/shared/plan/timeOff';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import ui from '@/shared/ui/ui.module.css';
import { Warnings } from '@/shared/ui/Warnings';

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
  const { statuses } = useTimeOffTexts();
  const [from, to, kind, ...rest] = useTimeOffFields();
  return (
    <ResourceForm
      fields={[from, to, kind, choice('status', t.people.status, optionsOf(statuses)), ...rest]}
      record={record}
      save={(entered) => {
        const body = writtenTimeOff(entered);
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
              body: { ...writtenTimeOff(entered), ...(!record && { person_id: person.id }) },
            }}
          />
        )
      }
      touches={['list_time_offs', 'schedule']}
      what={`${person.full_name} · ${t.people.timeOff}`}
      done={close}
      cancel={close}
    />
  );
}

export function TimeOff({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const { kinds, statuses, part } = useTimeOffTexts();
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
          {part(r) && <small>{part(r)}</small>}
          {r.reason && <small>{r.reason}</small>}
        </>
      )}
      mayEdit={mayEdit}
      remove={async (r) => {
        await api.call('remove_time_off', { id: r.id }, { expect: r.version });
        await invalidate('list_time_offs', 'schedule');
      }}
      form={(record, close) => <TimeOffForm person={person} record={record} close={close} />}
    />
  );
}
