import { useQuery } from '@tanstack/react-query';
import type { AvailabilityView, PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date } from '@/shared/form/fields';
import { weekFields, weekText } from '@/shared/form/week';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { kindOf, sayChange, type Kind } from './dated';

const TOUCHES = ['list_availabilities', 'get_person', 'schedule'] as const;

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
      touches={[...TOUCHES]}
      what={`${person.full_name} · ${t.people.availability}`}
      done={close}
      cancel={close}
    />
  );
}

/** The week that somebody works, from a day on. */
export function useAvailabilities(person: PersonView): Kind {
  const words = useI18n();
  const { t, f } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const weekly = ({ weekly_minutes: minutes, cycle }: AvailabilityView) =>
    minutes === null
      ? cycle.map((week) => weekText(week, words)).join(' / ')
      : t.unit.perWeek({ n: f.h(minutes) });
  return kindOf({
    title: t.people.availability,
    none: t.people.noAvailability,
    query: useQuery(api.all('list_availabilities', { id: person.id })),
    says: (r, before) => sayChange(t, weekly(r), before && weekly(before)),
    remove: async (r) => {
      const at = { id: person.id, record_id: r.id };
      await api.call('remove_availability', at, { expect: r.version });
      await invalidate(...TOUCHES);
    },
    form: (record, close) => <AvailabilityForm person={person} record={record} close={close} />,
  });
}
