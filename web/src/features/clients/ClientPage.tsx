import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ClientView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { area, check, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { ActivityLink } from '@/shared/resource/ActivityLink';
import { Facts } from '@/shared/resource/Facts';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { ResourcePage } from '@/shared/resource/ResourcePage';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import list from '@/shared/ui/list.module.css';
import { Swatch } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';

interface ClientFormProps {
  client: ClientView | null;
  done: (saved: { id: string }) => void;
  cancel: () => void;
}

/** Adds a client or changes one; a client that is already there can be archived and brought back. */
export function ClientForm({ client, done, cancel }: ClientFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  return (
    <ResourceForm
      fields={[
        text('name', t.clients.name, { required: true, autoFocus: true }),
        area('notes', t.clients.notes),
        check('archived', t.resource.archived, { usual: false, shown: () => client !== null }),
      ]}
      record={client}
      save={(body) =>
        client
          ? api.call('change_client', { id: client.id }, { body, expect: client.version })
          : api.call('add_client', {}, { body })
      }
      what={(body) => body.name}
      done={done}
      cancel={cancel}
    />
  );
}

function Projects({ clientId }: { clientId: string }) {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const projects = useQuery(api.all('list_projects', { client_id: clientId, archived: true }));
  return (
    <section className={ui.panel}>
      <h2>{t.projects.title}</h2>
      <ErrorNotice error={projects.error} retry={() => void projects.refetch()} />
      {projects.data?.length === 0 && <p className={ui.hint}>{t.clients.noProjects}</p>}
      <ul className={list.records}>
        {projects.data?.map((p) => (
          <li key={p.id}>
            <Link
              to="/w/$tenant/projects/$id"
              params={{ tenant: tenant.slug, id: p.id }}
              className={ui.link}
            >
              <Swatch colour={p.colour} /> {p.name}
            </Link>{' '}
            {p.archived && <span className={ui.badge}>{t.resource.archived}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

export default function ClientPage() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  return (
    <ResourcePage
      query={api.q('get_client', { id })}
      name={(c) => c.name}
      links={() => <ActivityLink entity="client" id={id} />}
      form={(c, done, cancel) => <ClientForm client={c} done={done} cancel={cancel} />}
      setArchived={(c, archived) =>
        api.call('change_client', { id }, { body: { archived }, expect: c.version })
      }
      panels={(c) => (
        <>
          <Facts facts={[[t.clients.notes, c.notes]]} />
          <Projects clientId={id} />
        </>
      )}
    />
  );
}
