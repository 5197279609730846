import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { NewPerson, PersonView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { AreaField, ChoiceField, FormFrame, splitTags, TextField } from '@/shared/ui/fields';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';
import { useTeams } from './queries';

const NEW_TEAM = 'new';

/** Adds a person or changes what is said of one. */
export function PersonForm({
  person,
  cancel,
  done,
}: {
  person: PersonView | null;
  cancel: () => void;
  done: (id: string) => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const teams = useTeams();
  const form = useForm(
    {
      full_name: person?.full_name ?? '',
      email: person?.email ?? '',
      team_id: person?.team_id ?? '',
      new_team: '',
      from: person?.employment.from ?? '',
      to: person?.employment.to ?? '',
      tags: person?.tags.join(', ') ?? '',
      notes: person?.notes ?? '',
    },
    (v) => ({
      full_name: v.full_name.trim() ? undefined : t.error.required,
      email:
        v.email.trim() === '' || /^[^\s@]+@[^\s@]+$/.test(v.email.trim())
          ? undefined
          : t.error.email,
      new_team: v.team_id === NEW_TEAM && !v.new_team.trim() ? t.error.required : undefined,
      to: v.from && v.to && v.to < v.from ? t.error.order : undefined,
    }),
    async (v) => {
      const team_id =
        v.team_id === NEW_TEAM
          ? (await api.call('add_team', {}, { body: { name: v.new_team.trim() } })).id
          : v.team_id || null;
      const body: NewPerson = {
        full_name: v.full_name.trim(),
        email: v.email.trim() || null,
        team_id,
        employment: { from: v.from || null, to: v.to || null },
        tags: splitTags(v.tags),
        notes: v.notes.trim() || null,
      };
      const saved = person
        ? await api.call('change_person', { id: person.id }, { body, expect: person.version })
        : await api.call('add_person', {}, { body });
      await invalidate();
      done(saved.id);
    },
  );
  const teamOptions = [
    { value: '', label: t.people.noTeam },
    ...(teams.data ?? []).map((x) => ({ value: x.id, label: x.name })),
    { value: NEW_TEAM, label: `${t.people.newTeam} …` },
  ];
  return (
    <FormFrame form={form} done={() => undefined} cancel={cancel}>
      <TextField form={form} name="full_name" label={t.people.name} required autoFocus />
      <TextField form={form} name="email" label={t.people.email} type="email" />
      <ChoiceField form={form} name="team_id" label={t.people.team} options={teamOptions} />
      {form.values.team_id === NEW_TEAM && (
        <TextField form={form} name="new_team" label={t.people.newTeam} required />
      )}
      <div className={ui.formRow}>
        <TextField form={form} name="from" label={t.people.employedFrom} type="date" />
        <TextField form={form} name="to" label={t.people.employedTo} type="date" />
      </div>
      <TextField form={form} name="tags" label={t.people.tags} description={t.people.tagsHint} />
      <AreaField form={form} name="notes" label={t.people.notes} />
    </FormFrame>
  );
}
