import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceList } from '@/shared/resource/ResourceList';
import { ClientForm } from './ClientPage';

export default function ClientList() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  return (
    <ResourceList
      texts={t.clients}
      query={(search) => api.pages('list_clients', search)}
      page="/w/$tenant/clients/$id"
      name={(c) => c.name}
      columns={[{ head: t.clients.notes, cell: (c) => c.notes }]}
      form={(done, cancel) => <ClientForm client={null} done={done} cancel={cancel} />}
    />
  );
}
