import { useState } from 'react';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { PersonView, PersonSkillBody } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { IconButton } from '@/shared/ui/primitives';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { ChoiceField, FormFrame, TextField } from '@/shared/ui/fields';
import list from '@/shared/ui/list.module.css';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';
import { useSkills } from './queries';

const NEW = 'new';
const LEVELS = [1, 2, 3, 4, 5];

function SkillForm({
  person,
  save,
  close,
}: {
  person: PersonView;
  save: (s: PersonSkillBody[]) => Promise<void>;
  close: () => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const skills = useSkills();
  const form = useForm(
    { skill_id: '', name: '', level: '3' },
    (v) => ({
      skill_id: v.skill_id ? undefined : t.error.required,
      name: v.skill_id === NEW && !v.name.trim() ? t.error.required : undefined,
    }),
    async (v) => {
      const skill_id =
        v.skill_id === NEW
          ? (await api.call('add_skill', {}, { body: { name: v.name.trim() } })).id
          : v.skill_id;
      await save([
        ...person.skills.filter((s) => s.skill_id !== skill_id),
        { skill_id, level: Number(v.level) },
      ]);
    },
  );
  const options = [
    { value: '', label: '' },
    ...(skills.data ?? []).map((s) => ({ value: s.id, label: s.name })),
    { value: NEW, label: `${t.action.create} …` },
  ];
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <ChoiceField form={form} name="skill_id" label={t.people.skill} options={options} required />
      {form.values.skill_id === NEW && (
        <TextField form={form} name="name" label={t.people.name} required />
      )}
      <ChoiceField
        form={form}
        name="level"
        label={t.people.level}
        options={LEVELS.map((n) => ({ value: String(n), label: String(n) }))}
      />
    </FormFrame>
  );
}

export function Skills({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const skills = useSkills();
  const [adding, setAdding] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const save = async (next: PersonSkillBody[]) => {
    await api.call(
      'change_person',
      { id: person.id },
      { body: { skills: next }, expect: person.version },
    );
    await invalidate('get_person', 'list_people', 'list_skills');
  };
  const nameOf = (id: string | null | undefined) =>
    skills.data?.find((s) => s.id === id)?.name ?? '';
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{t.people.skills}</h2>
        {mayEdit && (
          <IconButton
            icon="plus"
            label={t.people.addRecord({ what: t.people.skill })}
            onClick={() => setAdding(true)}
          />
        )}
      </div>
      <ErrorNotice error={failure} />
      {person.skills.length === 0 && <p className={ui.hint}>{t.people.noSkills}</p>}
      <ul className={list.records}>
        {person.skills.map((s) => (
          <li key={s.skill_id} className={list.record}>
            <span>{nameOf(s.skill_id)}</span>
            <span>{t.people.levelOf({ level: s.level })}</span>
            {mayEdit && (
              <IconButton
                icon="trash"
                label={`${t.action.remove}: ${nameOf(s.skill_id)}`}
                onClick={() => {
                  setFailure(null);
                  save(person.skills.filter((x) => x.skill_id !== s.skill_id)).catch(setFailure);
                }}
              />
            )}
          </li>
        ))}
      </ul>
      {adding && (
        <Dialog title={t.people.skills} close={() => setAdding(false)}>
          <SkillForm person={person} save={save} close={() => setAdding(false)} />
        </Dialog>
      )}
    </section>
  );
}
