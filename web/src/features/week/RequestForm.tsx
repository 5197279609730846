import type { PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { useTimeOffFields, writtenTimeOff } from '@/shared/plan/timeOff';
import { useSteps } from '@/shared/resource/useSteps';

/** Asks for time off of one's own, which waits for whoever plans. */
export function RequestForm({ person, close }: { person: PersonView; close: () => void }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const form = useForm(useTimeOffFields(), null, async (entered) => {
    const asked = { person_id: person.id, status: 'requested' as const };
    const body = { ...writtenTimeOff(entered), ...asked };
    const { from, to } = await api.call('add_time_off', {}, { body });
    await invalidate('list_time_offs', 'schedule');
    close();
    changed(t.plan.sent({ days: f.range(toDay(from), toDay(to)) }));
  });
  return <Form form={form} hint={t.plan.requestHint} submit={t.plan.send} cancel={close} />;
}
