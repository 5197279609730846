import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { ProjectView } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { Swatch, Waiting } from '@/shared/ui/primitives';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Facts } from '@/shared/ui/Facts';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';
import { Bookings } from './Bookings';
import { Milestones, Phases } from './Plan';
import { ProjectForm } from './ProjectForm';

function Details({ project }: { project: ProjectView }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const owner = useQuery({
    ...api.q('get_person', { id: project.owner_id ?? '' }),
    enabled: project.owner_id !== null,
  });
  const budget = project.budget;
  const facts: [string, string | null | undefined][] = [
    [t.projects.code, project.code],
    [t.projects.client, project.client],
    [t.projects.type, project.type && t.projects.types[project.type]],
    [t.projects.status, t.projects.statuses[project.status]],
    [t.projects.owner, owner.data?.full_name],
    [t.projects.billable, project.billable ? '✓' : '–'],
    [t.projects.budgetHours, budget?.minutes ? f.hours(budget.minutes) : null],
    [t.projects.tags, project.tags.join(', ')],
    [t.projects.notes, project.notes],
  ];
  return <Facts title={t.projects.details} facts={facts} />;
}

export default function ProjectPage() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  const invalidate = useInvalidate();
  const [editing, setEditing] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const project = useQuery(api.q('get_project', { id }));
  const may = mayPlan(tenant.role);
  if (!project.data)
    return (
      <div className={ui.page}>
        {project.error ? (
          <ErrorNotice error={project.error} retry={() => void project.refetch()} />
        ) : (
          <Waiting />
        )}
      </div>
    );
  const p = project.data;
  const archive = () => {
    setFailure(null);
    api
      .call('change_project', { id: p.id }, { body: { archived: true }, expect: p.version })
      .then(() => invalidate())
      .catch(setFailure);
  };
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          <Swatch colour={p.colour} /> {p.name}{' '}
          {p.archived && <span className={ui.badge}>{t.people.archived}</span>}
        </h1>
        <Link
          to="/w/$tenant/schedule"
          params={{ tenant: tenant.slug }}
          search={{ project_id: p.id }}
          className="text-button"
        >
          {t.projects.openSchedule}
        </Link>
        {may && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t.action.edit}
          </Button>
        )}
        {may && !p.archived && (
          <Button variant="default" onClick={archive}>
            {t.action.archive}
          </Button>
        )}
      </div>
      <ErrorNotice error={failure} />
      <div className={ui.columns}>
        <Details project={p} />
        <Phases project={p} mayEdit={may} />
        <Milestones project={p} mayEdit={may} />
      </div>
      <Bookings projectId={p.id} />
      {editing && (
        <Dialog title={p.name} close={() => setEditing(false)}>
          <ProjectForm
            project={p}
            cancel={() => setEditing(false)}
            done={() => {
              setEditing(false);
              toast(t.people.saved);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
