import { useQuery } from '@tanstack/react-query';
import type { PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { Records } from '@/shared/resource/Records';
import { ResourceForm } from '@/shared/resource/ResourceForm';

export function JobTitles({ person, mayEdit }: { person: PersonView; mayEdit: boolean }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const titles = useQuery(api.all('list_job_titles', { id: person.id }));
  const at = (record: { id: string }) => ({ id: person.id, record_id: record.id });
  return (
    <Records
      about={person.full_name}
      title={t.people.jobTitle}
      empty={t.people.noJobTitle}
      items={titles.data}
      error={titles.error}
      dateOf={(r) => r.effective_date}
      show={(r) => r.title}
      mayEdit={mayEdit}
      remove={async (r) => {
        await api.call('remove_job_title', at(r), { expect: r.version });
        await invalidate('list_job_titles', 'get_person');
      }}
      form={(record, close) => (
        <ResourceForm
          fields={[
            text('title', t.people.jobTitle, { required: true, autoFocus: true }),
            date('effective_date', t.people.effective, { required: true }),
          ]}
          record={record}
          save={(body) =>
            record
              ? api.call('change_job_title', at(record), { body, expect: record.version })
              : api.call('add_job_title', { id: person.id }, { body })
          }
          touches={['list_job_titles', 'get_person']}
          what={`${person.full_name} · ${t.people.jobTitle}`}
          done={close}
          cancel={close}
        />
      )}
    />
  );
}
