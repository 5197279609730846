import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { getState } from '../shared/api/session';
import { findTenant } from '../shared/api/useSession';
import { screen } from '../shared/lib/chunks';
import { Broken, NotFound } from './Broken';
import { CodeNotice } from './CodeNotice';
import { lastView } from './lastView';
import { homeOf } from './screens';
import { Shell } from './Shell';
import { activitySearch } from '../features/activity/search';
import { scheduleSearch } from '../features/schedule/search';
import { dashboardSearch } from '../features/dashboard/search';

interface Context {
  queries: QueryClient;
}
interface Screen {
  default: ComponentType;
}
const text = (v: unknown) => (typeof v === 'string' ? v : undefined);
const session = () => {
  const state = getState();
  return state.status === 'signed-in' ? state.session : null;
};

/** The path that was left last, if it belongs to a workspace one is still in; else the only workspace; else the choice. */
function home(): string {
  const now = session();
  if (!now) return '/sign-in';
  const [, slug = ''] = /^\/w\/([^/?]+)/.exec(now.lastView ?? '') ?? [];
  if (now.lastView && findTenant(now, slug)) {
    const { pathname, searchParams } = new URL(now.lastView, window.location.origin);
    return lastView({ pathname, search: Object.fromEntries(searchParams) });
  }
  const only = now.tenants.length === 1 ? now.tenants[0] : undefined;
  return only ? `/w/${only.slug}` : '/workspaces';
}

const Root = () => (
  <>
    <Outlet />
    <CodeNotice />
  </>
);
const root = createRootRouteWithContext<Context>()({
  component: Root,
  notFoundComponent: NotFound,
  errorComponent: Broken,
});

const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ href: home(), replace: true });
  },
});

const next = (search: Record<string, unknown>): { next?: string } => ({ next: text(search.next) });
const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: next,
  component: screen(() => import('../features/auth/SignIn')),
});
const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  validateSearch: next,
  component: screen(() => import('../features/auth/SignUp')),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitations/$token',
  component: screen(() => import('../features/auth/Invitation')),
});

const forgot = createRoute({
  getParentRoute: () => root,
  path: '/forgot',
  component: screen(() => import('../features/auth/Forgot')),
});
const reset = createRoute({
  getParentRoute: () => root,
  path: '/reset/$token',
  component: screen(() => import('../features/auth/Reset')),
});

const signedIn = ({ location }: { location: { href: string } }) => {
  if (!session()) throw redirect({ to: '/sign-in', search: { next: location.href } });
};
const verify = createRoute({
  getParentRoute: () => root,
  path: '/verify/$token',
  beforeLoad: signedIn,
  component: screen(() => import('../features/auth/Verify')),
});
const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  beforeLoad: signedIn,
  component: screen(() => import('../features/auth/Account')),
});
const workspaces = createRoute({
  getParentRoute: () => root,
  path: '/workspaces',
  beforeLoad: signedIn,
  component: screen(() => import('../features/auth/Workspaces')),
});

const tenant = createRoute({
  getParentRoute: () => root,
  path: '/w/$tenant',
  beforeLoad: signedIn,
  component: Shell,
});
const tenantIndex = createRoute({
  getParentRoute: () => tenant,
  path: '/',
  beforeLoad: ({ params }) => {
    const to = homeOf(findTenant(session(), params.tenant)?.role);
    throw redirect({ to, params, replace: true });
  },
});
const schedule = createRoute({
  getParentRoute: () => tenant,
  path: '/schedule',
  validateSearch: scheduleSearch,
  component: screen(() => import('../features/schedule/Schedule')),
});
const week = createRoute({
  getParentRoute: () => tenant,
  path: '/week',
  component: screen(() => import('../features/week/Week')),
});
const dashboard = createRoute({
  getParentRoute: () => tenant,
  path: '/dashboard',
  validateSearch: dashboardSearch,
  component: screen(() => import('../features/dashboard/Dashboard')),
});
const activity = createRoute({
  getParentRoute: () => tenant,
  path: '/activity',
  validateSearch: activitySearch,
  component: screen(() => import('../features/activity/Activity')),
});
const listSearch = (search: Record<string, unknown>): { q?: string; archived?: true } => ({
  q: text(search.q),
  archived: search.archived === true ? true : undefined,
});
/** The route of a list of resources. */
const listRoute = <P extends string>(path: P, load: () => Promise<Screen>) =>
  createRoute({
    getParentRoute: () => tenant,
    path,
    validateSearch: listSearch,
    component: screen(load),
  });
/** The route of one resource's page. */
const pageRoute = <P extends `${string}/$id`>(path: P, load: () => Promise<Screen>) =>
  createRoute({ getParentRoute: () => tenant, path, component: screen(load) });

const people = listRoute('/people', () => import('../features/people/PeopleList'));
const person = pageRoute('/people/$id', () => import('../features/people/PersonPage'));
const projects = listRoute('/projects', () => import('../features/projects/ProjectList'));
const project = pageRoute('/projects/$id', () => import('../features/projects/ProjectPage'));
const clients = listRoute('/clients', () => import('../features/clients/ClientList'));
const client = pageRoute('/clients/$id', () => import('../features/clients/ClientPage'));

const settings = createRoute({
  getParentRoute: () => tenant,
  path: '/settings',
  component: screen(() => import('../features/settings/Settings')),
});
const settingsIndex = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$tenant/settings/workspace', params, replace: true });
  },
});
const settingsWorkspace = createRoute({
  getParentRoute: () => settings,
  path: '/workspace',
  component: screen(() => import('../features/settings/Workspace')),
});
const members = createRoute({
  getParentRoute: () => settings,
  path: '/members',
  validateSearch: listSearch,
  component: screen(() => import('../features/members/Members')),
});
const holidays = createRoute({
  getParentRoute: () => settings,
  path: '/holidays',
  validateSearch: listSearch,
  component: screen(() => import('../features/holidays/HolidayList')),
});
const holidayCalendar = createRoute({
  getParentRoute: () => settings,
  path: '/holidays/$id',
  validateSearch: (search: Record<string, unknown>): { year?: number } => ({
    year: Number.isInteger(search.year) ? Number(search.year) : undefined,
  }),
  component: screen(() => import('../features/holidays/CalendarPage')),
});
const imports = createRoute({
  getParentRoute: () => settings,
  path: '/import',
  component: screen(() => import('../features/imports/Import')),
});
const closing = createRoute({
  getParentRoute: () => settings,
  path: '/closing',
  component: screen(() => import('../features/settings/Closing')),
});

const tree = root.addChildren([
  index,
  signIn,
  signUp,
  invitation,
  forgot,
  reset,
  verify,
  account,
  workspaces,
  tenant.addChildren([
    tenantIndex,
    schedule,
    week,
    dashboard,
    people,
    person,
    projects,
    project,
    clients,
    client,
    settings.addChildren([
      settingsIndex,
      settingsWorkspace,
      members,
      holidays,
      holidayCalendar,
      imports,
      closing,
    ]),
    activity,
  ]),
]);

export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: 'intent',
    // A screen that breaks leaves the frame around it.
    defaultErrorComponent: Broken,
    scrollRestoration: false,
  });

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
