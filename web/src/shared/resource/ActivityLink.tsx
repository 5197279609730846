import { Link } from '@tanstack/react-router';
import { mayPlan } from '../api/useSession';
import { useWorkspace } from '../api/WorkspaceContext';
import { useI18n } from '../i18n/i18n';

/** From something's page to who changed it, for those who may see that. */
export function ActivityLink(props: { entity: 'person' | 'project' | 'client'; id: string }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  if (!mayPlan(tenant.role)) return null;
  return (
    <Link
      to="/w/$tenant/activity"
      params={{ tenant: tenant.slug }}
      search={{ entity: props.entity, entity_id: props.id }}
      className="text-button"
    >
      {t.app.activity}
    </Link>
  );
}
