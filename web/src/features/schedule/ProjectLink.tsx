import { Link } from '@tanstack/react-router';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import css from './schedule.module.css';

/** The way from a booking to its project's page. Where something is not saved, that opens beside it. */
export function ProjectLink({
  id,
  name,
  unsaved,
}: {
  id: string;
  name: string;
  unsaved?: boolean;
}) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <Link
      to="/w/$tenant/projects/$id"
      params={{ tenant: tenant.slug, id }}
      target={unsaved ? '_blank' : undefined}
      className={css.link}
    >
      {t.filters.openProject({ project: name })}
    </Link>
  );
}
