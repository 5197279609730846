import { useQueries, useQuery } from '@tanstack/react-query';
import type { PersonView, PlacementView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date } from '@/shared/form/fields';
import { reference } from '@/shared/form/reference';
import { useI18n } from '@/shared/i18n/i18n';
import { personReference } from '@/shared/resource/person';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { kindOf, sayChange, type Kind } from './dated';
import { useMake, useTeams } from './queries';

const TOUCHES = ['list_placements', 'get_person', 'list_people', 'schedule'] as const;

/** A placement that was given with a new person has this date: it always applied. */
const FIRST_DAY = '1970-01-01';

const useCalendars = () => useQuery(useWorkspace().api.all('list_holiday_calendars', {}));

interface PlacementFormProps {
  person: PersonView;
  record: PlacementView | null;
  close: () => void;
}

function PlacementForm({ person, record, close }: PlacementFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const make = useMake('team');
  const named = ({ id, name }: { id: string; name: string }) => ({ value: id, label: name });
  const newTeam = { option: `${t.people.newTeam} …`, label: t.people.newTeam, make };
  return (
    <ResourceForm
      fields={[
        date('effective_date', t.people.effective, { required: true }),
        reference('team_id', t.people.team, (useTeams().data ?? []).map(named), {
          none: t.people.noTeam,
          create: newTeam,
        }),
        personReference('manager_id', t.people.manager, {
          none: t.people.nobody,
          except: person.id,
        }),
        reference(
          'holiday_calendar_id',
          t.people.calendar,
          (useCalendars().data ?? []).map(named),
          {
            none: t.people.usualCalendar,
          },
        ),
      ]}
      record={record}
      save={(body) => {
        if (!record) return api.call('add_placement', { id: person.id }, { body });
        const at = { id: person.id, record_id: record.id };
        return api.call('change_placement', at, { body, expect: record.version });
      }}
      touches={[...TOUCHES]}
      what={`${person.full_name} · ${t.people.placements}`}
      done={close}
      cancel={close}
    />
  );
}

/** The person's team, manager and holiday calendar, each from a day on. */
export function usePlacements(person: PersonView): Kind {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const placements = useQuery(api.all('list_placements', { id: person.id }));
  const teams = useTeams().data;
  // The few who manage, archived ones too: an earlier manager may have left.
  const managers = useQueries({
    queries: [...new Set(placements.data?.flatMap((r) => r.manager_id ?? []))].map((id) =>
      api.q('get_person', { id }),
    ),
  });
  const calendars = useCalendars().data;
  const team = (r: PlacementView) =>
    r.team_id ? (teams?.find((x) => x.id === r.team_id)?.name ?? '…') : t.people.noTeam;
  const manager = (r: PlacementView) =>
    r.manager_id
      ? (managers.find(({ data }) => data?.id === r.manager_id)?.data?.full_name ?? '…')
      : t.people.nobody;
  const calendar = (r: PlacementView) =>
    r.holiday_calendar_id
      ? (calendars?.find((c) => c.id === r.holiday_calendar_id)?.name ?? '…')
      : t.people.usualCalendar;
  return kindOf({
    title: t.people.placements,
    none: t.people.noPlacements,
    query: placements,
    dateText: (r) => (r.effective_date === FIRST_DAY ? t.people.fromTheStart : undefined),
    says: (r, before) => {
      const say = (of: (r: PlacementView) => string) => sayChange(t, of(r), before && of(before));
      return (
        <>
          {say(team)}
          {(r.manager_id ?? before?.manager_id) && (
            <small>{`${t.people.manager}: ${say(manager)}`}</small>
          )}
          {(r.holiday_calendar_id ?? before?.holiday_calendar_id) && (
            <small>{`${t.people.calendar}: ${say(calendar)}`}</small>
          )}
        </>
      );
    },
    remove: async (r) => {
      const at = { id: person.id, record_id: r.id };
      await api.call('remove_placement', at, { expect: r.version });
      await invalidate(...TOUCHES);
    },
    form: (record, close) => <PlacementForm person={person} record={record} close={close} />,
  });
}
