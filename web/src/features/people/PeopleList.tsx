import { Button } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { mayPlan } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { Avatar } from '@/shared/ui/primitives';
import { Dialog } from '@/shared/ui/Dialog';
import { ListPage } from '@/shared/ui/ListPage';
import ui from '@/shared/ui/ui.module.css';
import { PersonForm } from './PersonForm';
import { useSkills, useTeams } from './queries';

export default function PeopleList() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const search = useSearch({ from: '/w/$tenant/people' });
  const navigate = useNavigate();
  const teams = useTeams();
  const skills = useSkills();
  const [adding, setAdding] = useState(false);
  const teamName = (id: string | null) => teams.data?.find((x) => x.id === id)?.name ?? '–';
  const skillName = (id: string | null | undefined) =>
    skills.data?.find((x) => x.id === id)?.name ?? '';
  const set = (part: { q?: string; archived?: true }) =>
    void navigate({ to: '.', search: (now: object) => ({ ...now, ...part }), replace: true });
  return (
    <>
      <ListPage
        title={t.people.title}
        count={(n) => t.people.count({ n })}
        query={(page) => api.pages('list_people', page)}
        q={search.q ?? ''}
        setQ={(q) => set({ q })}
        archived={search.archived === true}
        setArchived={(on) => set({ archived: on || undefined })}
        archivedLabel={t.people.showArchived}
        add={
          mayPlan(tenant.role) && <Button onClick={() => setAdding(true)}>{t.people.add}</Button>
        }
        empty={t.people.empty}
        noMatch={(q) => t.people.noMatch({ q })}
        head={[t.people.name, t.people.jobTitle, t.people.team, t.people.skills]}
        row={(p) => (
          <tr key={p.id}>
            <td>
              <Link
                to="/w/$tenant/people/$id"
                params={{ tenant: tenant.slug, id: p.id }}
                className={ui.link}
              >
                <Avatar name={p.full_name} />
                <span className={ui.name}>{p.full_name}</span>
              </Link>{' '}
              {p.archived && <span className={ui.badge}>{t.people.archived}</span>}
            </td>
            <td>{p.job_title ?? '–'}</td>
            <td>{teamName(p.team_id)}</td>
            <td>{p.skills.map((s) => `${skillName(s.skill_id)} ${s.level}`).join(', ') || '–'}</td>
          </tr>
        )}
      />
      {adding && (
        <Dialog title={t.people.add} close={() => setAdding(false)}>
          <PersonForm
            person={null}
            cancel={() => setAdding(false)}
            done={(id) => {
              setAdding(false);
              void navigate({ to: '/w/$tenant/people/$id', params: { tenant: tenant.slug, id } });
            }}
          />
        </Dialog>
      )}
    </>
  );
}
