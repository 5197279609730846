import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { JobTitleView } from '@/shared/api/types';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso } from '@/shared/lib/days';
import { FormFrame, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import { useForm } from '@/shared/ui/useForm';
import { usePersonList, useRefetchPerson } from './queries';

function TitleForm({
  personId,
  record,
  close,
}: {
  personId: string;
  record: JobTitleView | null;
  close: () => void;
}) {
  const { t } = useI18n();
  const titles = useWorkspace().api.jobTitles(personId);
  const refetch = useRefetchPerson(personId);
  const form = useForm(
    { title: record?.title ?? '', effective_date: record?.effective_date ?? '' },
    (v) => ({
      title: v.title.trim() ? undefined : t.error.required,
      effective_date: isIso(v.effective_date) ? undefined : t.error.date,
    }),
    async (v) => {
      const body = { title: v.title.trim(), effective_date: v.effective_date };
      await (record ? titles.update(record.id, body, record.version) : titles.create(body));
      await refetch();
    },
  );
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <TextField form={form} name="title" label={t.people.jobTitle} required autoFocus />
      <TextField
        form={form}
        name="effective_date"
        label={t.people.effective}
        type="date"
        required
      />
    </FormFrame>
  );
}

export function JobTitles({ personId, mayEdit }: { personId: string; mayEdit: boolean }) {
  const { t } = useI18n();
  const titles = useWorkspace().api.jobTitles(personId);
  const refetch = useRefetchPerson(personId);
  const list = usePersonList(personId, 'job-titles', (signal) => titles.all({}, signal));
  return (
    <Records
      title={t.people.jobTitle}
      empty={t.people.noJobTitle}
      items={list.data}
      error={list.error}
      dateOf={(r) => r.effective_date}
      show={(r) => r.title}
      mayEdit={mayEdit}
      remove={(r) => titles.remove(r.id, r.version).then(refetch)}
      form={(record, close) => <TitleForm personId={personId} record={record} close={close} />}
    />
  );
}
