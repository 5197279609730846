import { useQuery } from '@tanstack/react-query';
import type { PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { date, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { kindOf, sayChange, type Kind } from './dated';

/** What somebody is called in their work, from a day on. */
export function useJobTitles(person: PersonView): Kind {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const at = (record: { id: string }) => ({ id: person.id, record_id: record.id });
  return kindOf({
    title: t.people.jobTitle,
    none: t.people.noJobTitle,
    query: useQuery(api.all('list_job_titles', { id: person.id })),
    says: (r, before) => sayChange(t, r.title, before?.title),
    remove: async (r) => {
      await api.call('remove_job_title', at(r), { expect: r.version });
      await invalidate('list_job_titles', 'get_person');
    },
    form: (record, close) => (
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
    ),
  });
}
