/** The screens of a workspace, in the order of the side bar. */
export const SCREENS = [
  { to: '/w/$tenant/schedule', name: 'schedule', icon: 'schedule' },
  { to: '/w/$tenant/dashboard', name: 'dashboard', icon: 'dashboard' },
  { to: '/w/$tenant/people', name: 'people', icon: 'people' },
  { to: '/w/$tenant/projects', name: 'projects', icon: 'projects' },
  { to: '/w/$tenant/clients', name: 'clients', icon: 'clients' },
  { to: '/w/$tenant/settings', name: 'settings', icon: 'settings' },
] as const;
