import { Checkbox } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { NewProject, ProjectStatus, ProjectType, ProjectView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import {
  AreaField,
  ChoiceField,
  FormFrame,
  hoursText,
  minutesOf,
  splitTags,
  TextField,
} from '@/shared/ui/fields';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';
import css from './projects.module.css';

const COLOURS = Array.from({ length: 12 }, (_, i) => i + 1);

function ColourChoice({ value, set }: { value: number | null; set: (n: number) => void }) {
  const { t } = useI18n();
  return (
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
  );
}

function initial(p: ProjectView | null) {
  return {
    name: p?.name ?? '',
    code: p?.code ?? '',
    client: p?.client ?? '',
    colour: (p?.colour ?? null) as number | null,
    type: (p?.type ?? '') as string,
    status: (p?.status ?? 'active') as string,
    owner_id: p?.owner_id ?? '',
    billable: p?.billable ?? true,
    budget: hoursText(p?.budget?.minutes),
    tags: p?.tags.join(', ') ?? '',
    notes: p?.notes ?? '',
  };
}

/** Adds a project or changes what is said of one. */
export function ProjectForm({
  project,
  cancel,
  done,
}: {
  project: ProjectView | null;
  cancel: () => void;
  done: (id: string) => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const people = useQuery(api.all('list_people', {}));
  const form = useForm(
    initial(project),
    (v) => ({
      name: v.name.trim() ? undefined : t.error.required,
      budget: Number.isNaN(minutesOf(v.budget) ?? 0) ? t.error.number : undefined,
    }),
    async (v) => {
      const minutes = minutesOf(v.budget);
      const money = project?.budget?.money ?? null;
      const body: NewProject = {
        name: v.name.trim(),
        code: v.code.trim() || null,
        client: v.client.trim() || null,
        colour: v.colour,
        type: (v.type || null) as ProjectType | null,
        status: v.status as ProjectStatus,
        owner_id: v.owner_id || null,
        billable: v.billable,
        budget: minutes === null && money === null ? null : { minutes, money },
        tags: splitTags(v.tags),
        notes: v.notes.trim() || null,
      };
      const saved = project
        ? await api.call('change_project', { id: project.id }, { body, expect: project.version })
        : await api.call('add_project', {}, { body });
      await invalidate();
      done(saved.id);
    },
  );
  const entries = (of: Record<string, string>) =>
    Object.entries(of).map(([value, label]) => ({ value, label }));
  return (
    <FormFrame form={form} done={() => undefined} cancel={cancel}>
      <TextField form={form} name="name" label={t.projects.name} required autoFocus />
      <div className={ui.formRow}>
        <TextField
          form={form}
          name="code"
          label={t.projects.code}
          description={t.projects.codeHint}
        />
        <TextField form={form} name="client" label={t.projects.client} />
      </div>
      <ColourChoice value={form.values.colour} set={(n) => form.set('colour', n)} />
      <div className={ui.formRow}>
        <ChoiceField
          form={form}
          name="status"
          label={t.projects.status}
          options={entries(t.projects.statuses)}
        />
        <ChoiceField
          form={form}
          name="type"
          label={t.projects.type}
          options={[{ value: '', label: t.projects.noType }, ...entries(t.projects.types)]}
        />
      </div>
      <div className={ui.formRow}>
        <ChoiceField
          form={form}
          name="owner_id"
          label={t.projects.owner}
          options={[
            { value: '', label: t.people.nobody },
            ...(people.data ?? []).map((p) => ({ value: p.id, label: p.full_name })),
          ]}
        />
        <TextField form={form} name="budget" label={t.projects.budgetHours} inputMode="decimal" />
      </div>
      <Checkbox
        label={t.projects.billable}
        checked={form.values.billable}
        onChange={(e) => form.set('billable', e.currentTarget.checked)}
      />
      <TextField form={form} name="tags" label={t.projects.tags} description={t.people.tagsHint} />
      <AreaField form={form} name="notes" label={t.projects.notes} />
    </FormFrame>
  );
}
