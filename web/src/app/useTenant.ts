import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { TenantView } from '../shared/api/schema.gen';
import type { Session } from '../shared/api/session';
import { findTenant } from '../shared/api/useSession';

/** The workspace of the address. Where its slug changes while it is shown, it stays, and the address follows. */
export function useTenant(session: Session | null, key: string): TenantView | undefined {
  const found = findTenant(session, key);
  const [shown, setShown] = useState({ key, id: found?.id });
  if (found && (shown.key !== key || shown.id !== found.id)) setShown({ key, id: found.id });
  const renamed =
    found || shown.key !== key ? undefined : session?.tenants.find(({ id }) => id === shown.id);
  const slug = renamed?.slug;
  const navigate = useNavigate();
  useEffect(() => {
    if (slug === undefined) return;
    void navigate({
      to: '.',
      params: (now: object) => ({ ...now, tenant: slug }),
      search: true,
      replace: true,
      // Nothing that is typed on the page is left by it.
      ignoreBlocker: true,
    });
  }, [slug, navigate]);
  return found ?? renamed;
}
