import type { PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { sayWarning } from '@/shared/i18n/warning';
import { useSteps } from '@/shared/resource/useSteps';
import { Dialog } from '@/shared/ui/Dialog';

/** Asks for the last day of somebody who is archived, on which an open employment ends. */
export function Archive({ person, close }: { person: PersonView; close: () => void }) {
  const words = useI18n();
  const { t } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const form = useForm(
    [date('last_day', t.people.lastDay, { autoFocus: true, description: t.people.lastDayHint })],
    null,
    async ({ last_day }) => {
      const body = { archived: true, ...(last_day && { last_day }) };
      const options = { body, expect: person.version };
      const { warnings } = await api.call('change_person', { id: person.id }, options);
      await invalidate();
      close();
      const said = warnings.map((warning) => sayWarning(warning, words));
      changed([t.resource.wasArchived({ what: person.full_name }), ...said].join(' · '));
    },
  );
  return (
    <Dialog title={t.people.archiveTitle({ name: person.full_name })} close={close}>
      <Form form={form} hint={t.people.archiveHint} submit={t.action.archive} cancel={close} />
    </Dialog>
  );
}
