import { Button } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { mayPlan } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { Swatch } from '@/shared/ui/primitives';
import { Dialog } from '@/shared/ui/Dialog';
import { ListPage } from '@/shared/ui/ListPage';
import ui from '@/shared/ui/ui.module.css';
import { ProjectForm } from './ProjectForm';

export default function ProjectList() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const search = useSearch({ from: '/w/$tenant/projects' });
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const set = (part: { q?: string; archived?: true }) =>
    void navigate({ to: '.', search: (now: object) => ({ ...now, ...part }), replace: true });
  return (
    <>
      <ListPage
        title={t.projects.title}
        count={(n) => t.projects.count({ n })}
        query={(page) => api.pages('list_projects', page)}
        q={search.q ?? ''}
        setQ={(q) => set({ q })}
        archived={search.archived === true}
        setArchived={(on) => set({ archived: on || undefined })}
        archivedLabel={t.people.showArchived}
        add={
          mayPlan(tenant.role) && <Button onClick={() => setAdding(true)}>{t.projects.add}</Button>
        }
        empty={t.projects.empty}
        noMatch={(q) => t.projects.noMatch({ q })}
        head={[t.projects.name, t.projects.code, t.projects.client, t.projects.status]}
        row={(p) => (
          <tr key={p.id}>
            <td>
              <Link
                to="/w/$tenant/projects/$id"
                params={{ tenant: tenant.slug, id: p.id }}
                className={ui.link}
              >
                <Swatch colour={p.colour} />
                <span className={ui.name}>{p.name}</span>
              </Link>
            </td>
            <td>{p.code ?? '–'}</td>
            <td>{p.client ?? '–'}</td>
            <td>
              <span
                className={ui.badge}
                data-kind={
                  p.status === 'tentative' ? 'warn' : p.status === 'active' ? 'ok' : undefined
                }
              >
                {t.projects.statuses[p.status]}
              </span>
            </td>
          </tr>
        )}
      />
      {adding && (
        <Dialog title={t.projects.add} close={() => setAdding(false)}>
          <ProjectForm
            project={null}
            cancel={() => setAdding(false)}
            done={(id) => {
              setAdding(false);
              void navigate({ to: '/w/$tenant/projects/$id', params: { tenant: tenant.slug, id } });
            }}
          />
        </Dialog>
      )}
    </>
  );
}
