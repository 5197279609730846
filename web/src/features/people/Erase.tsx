import { Button } from '@mantine/core';
import { useState } from 'react';
import type { PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';

/** Erases what is known of a person, once their name is typed. For admins; nobody takes it back. */
export function Erase({ person }: { person: PersonView }) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <section className={ui.panel}>
      <h2>{t.people.erase}</h2>
      <p className={ui.hint}>{t.people.eraseHint}</p>
      <Button variant="default" onClick={() => setAsking(true)}>
        {t.people.eraseAction}
      </Button>
      {asking && <Asking person={person} close={() => setAsking(false)} />}
    </section>
  );
}

function Asking({ person, close }: { person: PersonView; close: () => void }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const name = person.full_name;
  const form = useForm(
    [
      text('name', t.people.eraseType({ name }), {
        required: true,
        autoFocus: true,
        autoComplete: 'off',
        check: (typed) => (typed === name ? undefined : t.people.eraseOther({ name })),
      }),
    ],
    null,
    async () => {
      const erased = await api.call('erase_person', { id: person.id });
      await invalidate();
      close();
      const name = erased.full_name;
      const where = [...new Set(erased.named_in.map((place) => place.label))].join(', ');
      toast(where ? t.people.erasedNamed({ name, where }) : t.people.erased({ name }));
    },
  );
  return (
    <Dialog title={t.people.eraseTitle({ name })} close={close}>
      <Form form={form} hint={t.people.eraseWarning} submit={t.people.eraseAction} cancel={close} />
    </Dialog>
  );
}
