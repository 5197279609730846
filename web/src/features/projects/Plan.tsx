import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { MilestoneBody, PhaseBody, ProjectPatch, ProjectView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso, toDay } from '@/shared/lib/days';
import { FormFrame, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';

/** Phases and milestones are part of the project: changing one writes the project. */
function useSave(project: ProjectView) {
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  return async (part: ProjectPatch) => {
    await api.call('change_project', { id: project.id }, { body: part, expect: project.version });
    await invalidate('get_project', 'list_projects');
  };
}

function PhaseForm({
  phase,
  save,
  close,
}: {
  phase: PhaseBody | null;
  save: (p: PhaseBody) => Promise<void>;
  close: () => void;
}) {
  const { t } = useI18n();
  const form = useForm(
    { name: phase?.name ?? '', from: phase?.from ?? '', to: phase?.to ?? '' },
    (v) => ({
      name: v.name.trim() ? undefined : t.error.required,
      from: isIso(v.from) ? undefined : t.error.date,
      to: !isIso(v.to) ? t.error.date : v.to < v.from ? t.error.order : undefined,
    }),
    (v) =>
      save({ ...(phase?.id ? { id: phase.id } : {}), name: v.name.trim(), from: v.from, to: v.to }),
  );
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <TextField form={form} name="name" label={t.projects.phaseName} required autoFocus />
      <div className={ui.formRow}>
        <TextField form={form} name="from" label={t.schedule.start} type="date" required />
        <TextField form={form} name="to" label={t.schedule.end} type="date" required />
      </div>
    </FormFrame>
  );
}

export function Phases({ project, mayEdit }: { project: ProjectView; mayEdit: boolean }) {
  const { t, f } = useI18n();
  const save = useSave(project);
  const phases = project.phases.map((p, i) => ({ ...p, id: p.id ?? String(i) }));
  const without = (id: string) => project.phases.filter((p, i) => (p.id ?? String(i)) !== id);
  return (
    <Records
      title={t.projects.phases}
      empty={t.projects.noPhases}
      items={phases}
      error={null}
      dateOf={(p) => p.from}
      show={(p) => (
        <>
          {p.name}
          <small>{f.range(toDay(p.from), toDay(p.to))}</small>
        </>
      )}
      mayEdit={mayEdit}
      remove={(p) => save({ phases: without(p.id) })}
      form={(p, close) => (
        <PhaseForm
          phase={p}
          close={close}
          save={(next) => save({ phases: [...(p ? without(p.id) : project.phases), next] })}
        />
      )}
    />
  );
}

function MilestoneForm({
  milestone,
  save,
  close,
}: {
  milestone: MilestoneBody | null;
  save: (m: MilestoneBody) => Promise<void>;
  close: () => void;
}) {
  const { t } = useI18n();
  const form = useForm(
    { name: milestone?.name ?? '', date: milestone?.date ?? '' },
    (v) => ({
      name: v.name.trim() ? undefined : t.error.required,
      date: isIso(v.date) ? undefined : t.error.date,
    }),
    (v) =>
      save({ ...(milestone?.id ? { id: milestone.id } : {}), name: v.name.trim(), date: v.date }),
  );
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <TextField form={form} name="name" label={t.projects.milestoneName} required autoFocus />
      <TextField form={form} name="date" label={t.projects.date} type="date" required />
    </FormFrame>
  );
}

export function Milestones({ project, mayEdit }: { project: ProjectView; mayEdit: boolean }) {
  const { t } = useI18n();
  const save = useSave(project);
  const milestones = project.milestones.map((m, i) => ({ ...m, id: m.id ?? String(i) }));
  const without = (id: string) => project.milestones.filter((m, i) => (m.id ?? String(i)) !== id);
  return (
    <Records
      title={t.projects.milestones}
      empty={t.projects.noMilestones}
      items={milestones}
      error={null}
      dateOf={(m) => m.date}
      show={(m) => m.name}
      mayEdit={mayEdit}
      remove={(m) => save({ milestones: without(m.id) })}
      form={(m, close) => (
        <MilestoneForm
          milestone={m}
          close={close}
          save={(next) => save({ milestones: [...(m ? without(m.id) : project.milestones), next] })}
        />
      )}
    />
  );
}
