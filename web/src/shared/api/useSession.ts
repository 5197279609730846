import { useSyncExternalStore } from 'react';
import type { Role, TenantView } from './schema.gen';
import { getState, subscribe, type Session } from './session';

export function useSessionState() {
  return useSyncExternalStore(subscribe, getState);
}

export function useSession(): Session | null {
  const state = useSessionState();
  return state.status === 'signed-in' ? state.session : null;
}

export const findTenant = (session: Session | null, key: string): TenantView | undefined =>
  session?.tenants.find((t) => t.slug === key || t.id === key);

export const mayPlan = (role: Role | undefined) => role === 'admin' || role === 'resource_manager';
