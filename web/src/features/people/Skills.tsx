import { useState } from 'react';
import type { PersonSkillBody, PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice } from '@/shared/form/fields';
import { reference } from '@/shared/form/reference';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { useSteps } from '@/shared/resource/useSteps';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import list from '@/shared/ui/list.module.css';
import { IconButton } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { useMake, useSkills } from './queries';

const LEVELS = ['1', '2', '3', '4', '5'].map((n) => ({ value: n, label: n }));

interface SkillFormProps {
  person: PersonView;
  save: (skills: PersonSkillBody[]) => Promise<unknown>;
  close: () => void;
}

function SkillForm({ person, save, close }: SkillFormProps) {
  const { t } = useI18n();
  const make = useMake('skill');
  const skills = (useSkills().data ?? []).map((s) => ({ value: s.id, label: s.name }));
  const create = { option: `${t.action.create} …`, label: t.people.name, make };
  return (
    <ResourceForm
      fields={[
        reference('skill_id', t.people.skill, skills, { required: true, create }),
        choice('level', t.people.level, LEVELS, { usual: '3' }),
      ]}
      record={null}
      save={({ skill_id, level }) => {
        const others = person.skills.filter((s) => s.skill_id !== skill_id);
        return save([...others, { skill_id, level: Number(level) }]);
      }}
      what={`${person.full_name} · ${t.people.skills}`}
      touches={['get_person', 'list_people']}
      done={close}
      cancel={close}
    />
  );
}

export function Skills({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const skills = useSkills();
  const [adding, setAdding] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { changed } = useSteps();
  const save = (next: PersonSkillBody[]) =>
    api.call(
      'change_person',
      { id: person.id },
      { body: { skills: next }, expect: person.version },
    );
  const drop = (id: PersonSkillBody['skill_id']) => {
    setFailure(null);
    save(person.skills.filter((s) => s.skill_id !== id))
      .then(() => invalidate('get_person', 'list_people'))
      .then(() => changed(t.resource.removed({ what: `${person.full_name} · ${nameOf(id)}` })))
      .catch(setFailure);
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
            label={t.resource.add({ what: t.people.skill })}
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
                onClick={() => drop(s.skill_id)}
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
