import { useQuery } from '@tanstack/react-query';
import type { ProjectView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Field } from '@/shared/form/field';
import {
  area,
  check,
  choice,
  date,
  hours,
  optionalChoice,
  optionsOf,
  tags,
  text,
} from '@/shared/form/fields';
import { isNew, newName, reference } from '@/shared/form/reference';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { personReference } from '@/shared/resource/person';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import css from './projects.module.css';

const COLOURS = Array.from({ length: 12 }, (_, i) => i + 1);

/** An index into the palette; the server chooses one for a new project without. */
const colourField = (t: Catalogue): Field<'colour', number | null, number | null> => ({
  name: 'colour',
  read: (colour) => colour ?? null,
  write: (colour) => colour,
  render: ({ value, set }) => (
    <fieldset className={css.colours}>
      <legend>{t.projects.colour}</legend>
      {COLOURS.map((n) => (
        <label key={n} className={css.colour} title={t.projects.colourName[n - 1]}>
          <input
            type="radio"
            name="colour"
            checked={value === n}
            onChange={() => set(n)}
            aria-label={t.projects.colourName[n - 1]}
          />
          <span
            style={{
              background: `var(--project-${n}-fill)`,
              borderColor: `var(--project-${n}-edge)`,
            }}
            aria-hidden="true"
          />
        </label>
      ))}
    </fieldset>
  ),
});

/** The clients to choose from; the project's own is among them even if it is archived. */
function useClients(project: ProjectView | null) {
  const clients = useQuery(useWorkspace().api.all('list_clients', {})).data ?? [];
  const options = clients.map((c) => ({ value: c.id, label: c.name }));
  const { client_id: id, client: name } = project ?? {};
  if (id && name && !clients.some((c) => c.id === id)) options.push({ value: id, label: name });
  return options;
}

/** A new client is sent by its name: the server creates it together with the project, in one step of undo. */
const clientBody = (client: string | null) =>
  client !== null && isNew(client) ? { client: newName(client) } : { client_id: client };

interface ProjectFormProps {
  project: ProjectView | null;
  done: (saved: { id: string }) => void;
  cancel: () => void;
}

/** Adds a project or changes what is said of one. */
export function ProjectForm({ project, done, cancel }: ProjectFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const clients = useClients(project);
  const newClient = { option: `${t.projects.newClient} …`, label: t.projects.newClient };
  const types = optionsOf(t.projects.types);
  const money = project?.budget?.money ?? null;
  return (
    <ResourceForm
      fields={[
        text('name', t.projects.name, { required: true, autoFocus: true }),
        text('code', t.projects.code, { description: t.projects.codeHint }),
        reference('client_id', t.projects.client, clients, {
          none: t.projects.noClient,
          create: newClient,
        }),
        colourField(t),
        choice('status', t.projects.status, optionsOf(t.projects.statuses), {
          half: true,
          usual: 'active',
        }),
        optionalChoice('type', t.projects.type, t.projects.noType, types, { half: true }),
        personReference('owner_id', t.projects.owner, { half: true, none: t.people.nobody }),
        date('from', t.projects.from, { half: true }),
        date('to', t.projects.to, {
          half: true,
          notBefore: 'from',
          description: t.projects.daysHint,
        }),
        hours('minutes', t.projects.budgetHours, { half: true }),
        check('billable', t.projects.billable, { usual: true }),
        tags('tags', t.projects.tags, { description: t.people.tagsHint }),
        area('notes', t.projects.notes),
      ]}
      record={project && { ...project, minutes: project.budget?.minutes }}
      save={({ minutes, client_id, ...rest }) => {
        const budget = minutes === null && money === null ? null : { minutes, money };
        const body = { ...rest, ...clientBody(client_id), budget };
        return project
          ? api.call('change_project', { id: project.id }, { body, expect: project.version })
          : api.call('add_project', {}, { body });
      }}
      what={(body) => body.name}
      done={done}
      cancel={cancel}
    />
  );
}
