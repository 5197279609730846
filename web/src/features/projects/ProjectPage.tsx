import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ProjectView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ActivityLink } from '@/shared/resource/ActivityLink';
import { Facts } from '@/shared/resource/Facts';
import { ResourcePage } from '@/shared/resource/ResourcePage';
import { Swatch } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { Bookings } from './Bookings';
import { Hours } from './Hours';
import { Milestones, Phases } from './Plan';
import { ProjectForm } from './ProjectForm';

function Details({ project }: { project: ProjectView }) {
  const { t, f } = useI18n();
  const { tenant, api } = useWorkspace();
  const owner = useQuery({
    ...api.q('get_person', { id: project.owner_id ?? '' }),
    enabled: project.owner_id !== null,
  });
  const budget = project.budget;
  return (
    <Facts
      facts={[
        [t.projects.code, project.code],
        [
          t.projects.client,
          project.client_id && (
            <Link
              to="/w/$tenant/clients/$id"
              params={{ tenant: tenant.slug, id: project.client_id }}
              className={ui.link}
            >
              {project.client}
            </Link>
          ),
        ],
        [t.projects.type, project.type && t.projects.types[project.type]],
        [t.projects.status, t.projects.statuses[project.status]],
        [t.projects.owner, owner.data?.full_name],
        [t.projects.from, project.from && f.date(toDay(project.from))],
        [t.projects.to, project.to && f.date(toDay(project.to))],
        [t.projects.billable, project.billable ? '✓' : '–'],
        [t.projects.budgetHours, budget?.minutes ? f.hours(budget.minutes) : null],
        [t.projects.tags, project.tags.join(', ')],
        [t.projects.notes, project.notes],
      ]}
    />
  );
}

export default function ProjectPage() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  return (
    <ResourcePage
      query={api.q('get_project', { id })}
      name={(p) => p.name}
      mark={(p) => <Swatch colour={p.colour} />}
      links={() => (
        <>
          <Link
            to="/w/$tenant/schedule"
            params={{ tenant: tenant.slug }}
            search={{ project_id: id }}
            className="text-button"
          >
            {t.projects.openSchedule}
          </Link>
          <ActivityLink entity="project" id={id} />
        </>
      )}
      form={(p, done, cancel) => <ProjectForm project={p} done={done} cancel={cancel} />}
      setArchived={(p, archived) =>
        api.call('change_project', { id }, { body: { archived }, expect: p.version })
      }
      panels={(p, may) => (
        <>
          <Details project={p} />
          <Phases project={p} mayEdit={may} />
          <Milestones project={p} mayEdit={may} />
        </>
      )}
      below={() => (
        <>
          <Hours projectId={id} />
          <Bookings projectId={id} />
        </>
      )}
    />
  );
}
