import type { ProjectPatch, ProjectView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';

/** Phases and milestones are part of the project: changing one writes the project. */
function useSave(project: ProjectView) {
  const { api } = useWorkspace();
  return (body: ProjectPatch) =>
    api.call('change_project', { id: project.id }, { body, expect: project.version });
}

/** Edits a list inside a project (phases, milestones): its items with ids, and copies of the list with a change. */
function partsOf<P extends { id?: string | null }>(parts: P[]) {
  const idOf = (part: P, i: number) => part.id ?? String(i);
  const without = (id: string | undefined) => parts.filter((p, i) => idOf(p, i) !== id);
  return {
    items: parts.map((p, i) => ({ ...p, id: idOf(p, i) })),
    without,
    /** The list with `part` in place of `old`, whose id is kept; without `old`, the part is added. */
    put: (old: { id: string } | null, part: P) => {
      const id = parts.find((p, i) => idOf(p, i) === old?.id)?.id;
      return [...without(old?.id), id ? { ...part, id } : part];
    },
  };
}

interface PlanProps {
  project: ProjectView;
  mayEdit: boolean;
}

export function Phases({ project, mayEdit }: PlanProps) {
  const { t, f } = useI18n();
  const save = useSave(project);
  const invalidate = useInvalidate();
  const phases = partsOf(project.phases);
  return (
    <Records
      about={project.name}
      title={t.projects.phases}
      empty={t.projects.noPhases}
      items={phases.items}
      error={null}
      dateOf={(p) => p.from}
      show={(p) => (
        <>
          {p.name}
          <small>{f.range(toDay(p.from), toDay(p.to))}</small>
        </>
      )}
      mayEdit={mayEdit}
      remove={async (p) => {
        await save({ phases: phases.without(p.id) });
        await invalidate('get_project', 'list_projects');
      }}
      form={(phase, close) => (
        <ResourceForm
          fields={[
            text('name', t.projects.phaseName, { required: true, autoFocus: true }),
            date('from', t.schedule.start, { required: true, half: true }),
            date('to', t.schedule.end, { required: true, half: true, notBefore: 'from' }),
          ]}
          record={phase}
          save={(body) => save({ phases: phases.put(phase, body) })}
          touches={['get_project', 'list_projects']}
          what={(body) => `${project.name} · ${body.name}`}
          done={close}
          cancel={close}
        />
      )}
    />
  );
}

export function Milestones({ project, mayEdit }: PlanProps) {
  const { t } = useI18n();
  const save = useSave(project);
  const invalidate = useInvalidate();
  const milestones = partsOf(project.milestones);
  return (
    <Records
      about={project.name}
      title={t.projects.milestones}
      empty={t.projects.noMilestones}
      items={milestones.items}
      error={null}
      dateOf={(m) => m.date}
      show={(m) => m.name}
      mayEdit={mayEdit}
      remove={async (m) => {
        await save({ milestones: milestones.without(m.id) });
        await invalidate('get_project', 'list_projects');
      }}
      form={(milestone, close) => (
        <ResourceForm
          fields={[
            text('name', t.projects.milestoneName, { required: true, autoFocus: true }),
            date('date', t.projects.date, { required: true }),
          ]}
          record={milestone}
          save={(body) => save({ milestones: milestones.put(milestone, body) })}
          touches={['get_project', 'list_projects']}
          what={(body) => `${project.name} · ${body.name}`}
          done={close}
          cancel={close}
        />
      )}
    />
  );
}
