import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceList } from '@/shared/resource/ResourceList';
import { Swatch } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { ProjectForm } from './ProjectForm';

const KINDS = { tentative: 'warn', active: 'ok', completed: undefined } as const;

export default function ProjectList() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  return (
    <ResourceList
      texts={t.projects}
      query={(search) => api.pages('list_projects', search)}
      page="/w/$tenant/projects/$id"
      name={(p) => p.name}
      mark={(p) => <Swatch colour={p.colour} />}
      columns={[
        { head: t.projects.code, cell: (p) => p.code },
        { head: t.projects.client, cell: (p) => p.client },
        {
          head: t.projects.status,
          cell: (p) => (
            <span className={ui.badge} data-kind={KINDS[p.status]}>
              {t.projects.statuses[p.status]}
            </span>
          ),
        },
      ]}
      form={(done, cancel) => <ProjectForm project={null} done={done} cancel={cancel} />}
    />
  );
}
