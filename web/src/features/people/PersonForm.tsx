import type { PersonView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { area, date, email, tags, text } from '@/shared/form/fields';
import { reference } from '@/shared/form/reference';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { useMake, useTeams } from './queries';

interface PersonFormProps {
  person: PersonView | null;
  done: (saved: { id: string }) => void;
  cancel: () => void;
}

/** Adds a person or changes what is said of one. */
export function PersonForm({ person, done, cancel }: PersonFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const makeTeam = useMake('team');
  const teams = (useTeams().data ?? []).map((x) => ({ value: x.id, label: x.name }));
  const newTeam = { option: `${t.people.newTeam} …`, label: t.people.newTeam, make: makeTeam };
  // The form has the last span; those before it stay as they are.
  const spans = person?.employment ?? [];
  const last = spans.at(-1);
  return (
    <ResourceForm
      fields={[
        text('full_name', t.people.name, { required: true, autoFocus: true }),
        email('email', t.people.email),
        reference('team_id', t.people.team, teams, { none: t.people.noTeam, create: newTeam }),
        date('from', t.people.employedFrom, { half: true }),
        date('to', t.people.employedTo, { half: true, notBefore: 'from' }),
        tags('tags', t.people.tags, { description: t.people.tagsHint }),
        area('notes', t.people.notes),
      ]}
      record={person && { ...person, from: last?.from ?? null, to: last?.to ?? null }}
      save={({ from, to, ...rest }) => {
        const nothing = !last && !from && !to;
        const employment = nothing ? person?.employment : [...spans.slice(0, -1), { from, to }];
        const body = { ...rest, employment };
        return person
          ? api.call('change_person', { id: person.id }, { body, expect: person.version })
          : api.call('add_person', {}, { body });
      }}
      what={(body) => body.full_name}
      done={done}
      cancel={cancel}
    />
  );
}
