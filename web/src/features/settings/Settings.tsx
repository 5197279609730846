import { Link, Outlet } from '@tanstack/react-router';
import type { Role } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import css from './settings.module.css';

type May = (role: Role) => boolean;
const everybody: May = () => true;
const admins: May = (role) => role === 'admin';

const PAGES = [
  { to: '/w/$tenant/settings/workspace', name: 'workspace', for: everybody },
  { to: '/w/$tenant/settings/members', name: 'members', for: mayPlan },
  { to: '/w/$tenant/settings/holidays', name: 'holidays', for: everybody },
  { to: '/w/$tenant/settings/import', name: 'import', for: mayPlan },
  { to: '/w/$tenant/settings/closing', name: 'closing', for: admins },
] as const;

/** The pages of the settings, under their own navigation; each role has those that it may look at. */
export default function Settings() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <>
      <nav className={css.pages} aria-label={t.settings.title}>
        {PAGES.filter((page) => page.for(tenant.role)).map(({ to, name }) => (
          <Link
            key={name}
            to={to}
            params={{ tenant: tenant.slug }}
            activeProps={{ 'data-active': true }}
          >
            {t.settings.pages[name]}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
