import { useQuery } from '@tanstack/react-query';
import type { AvailabilityView, PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date } from '@/shared/form/fields';
import { weekFields, weekText } from '@/shared/form/week';
import { useI18n } from '@/shared/i18n/i18n';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';

interface AvailabilityFormProps {
  person: PersonView;
  record: AvailabilityView | null;
  close: () => void;
}

function AvailabilityForm({ person, record, close }: AvailabilityFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  return (
    <ResourceForm
      fields={[date('effective_date', t.people.effective, { required: true }), ...weekFields(t)]}
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
  const words = useI18n();
  const { t, f } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_availabilities', { id: person.id }));
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
            <small key={i}>{weekText(week, words)}</small>
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
