import type { Role } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';

/** The screens of a workspace, in the order of the side bar. */
const SCREENS = [
  { to: '/w/$tenant/schedule', name: 'schedule', icon: 'schedule' },
  { to: '/w/$tenant/week', name: 'week', icon: 'calendar' },
  { to: '/w/$tenant/dashboard', name: 'dashboard', icon: 'dashboard' },
  { to: '/w/$tenant/people', name: 'people', icon: 'people' },
  { to: '/w/$tenant/projects', name: 'projects', icon: 'projects' },
  { to: '/w/$tenant/clients', name: 'clients', icon: 'clients' },
  { to: '/w/$tenant/activity', name: 'activity', icon: 'activity', planners: true },
  { to: '/w/$tenant/settings', name: 'settings', icon: 'settings' },
] as const;

/** Those that a role may see: what was changed is shown to whoever plans. */
export const screensFor = (role: Role) =>
  SCREENS.filter((screen) => mayPlan(role) || !('planners' in screen));

/** Where a workspace opens: a member wants their own week. */
export const homeOf = (role: Role | undefined) =>
  role === 'member' ? '/w/$tenant/week' : '/w/$tenant/schedule';
