import { useQuery } from '@tanstack/react-query';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { JobTitleView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso } from '@/shared/lib/days';
import { FormFrame, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import { useForm } from '@/shared/ui/useForm';

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
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const form = useForm(
    { title: record?.title ?? '', effective_date: record?.effective_date ?? '' },
    (v) => ({
      title: v.title.trim() ? undefined : t.error.required,
      effective_date: isIso(v.effective_date) ? undefined : t.error.date,
    }),
    async (v) => {
      const body = { title: v.title.trim(), effective_date: v.effective_date };
      if (record) {
        const at = { id: personId, record_id: record.id };
        await api.call('change_job_title', at, { body, expect: record.version });
      } else await api.call('add_job_title', { id: personId }, { body });
      await invalidate('list_job_titles', 'get_person');
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
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const list = useQuery(api.all('list_job_titles', { id: personId }));
  return (
    <Records
      title={t.people.jobTitle}
      empty={t.people.noJobTitle}
      items={list.data}
      error={list.error}
      dateOf={(r) => r.effective_date}
      show={(r) => r.title}
      mayEdit={mayEdit}
      remove={async (r) => {
        await api.call(
          'remove_job_title',
          { id: personId, record_id: r.id },
          { expect: r.version },
        );
        await invalidate('list_job_titles', 'get_person');
      }}
      form={(record, close) => <TitleForm personId={personId} record={record} close={close} />}
    />
  );
}
