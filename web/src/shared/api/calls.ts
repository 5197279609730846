/** Every call of the API that the app makes, by name. */
import { call, type CallOptions, type QueryValue } from './client';
import * as session from './session';
import type * as T from './types';

type Query = Record<string, QueryValue>;
const enc = encodeURIComponent;

export async function signIn(email: string, password: string) {
  const answer = await call<T.SessionAnswer>('POST', '/auth/sign-in', {
    body: { email, password },
  });
  session.accept(answer);
  return answer;
}

export async function signUp(body: {
  email: string;
  password: string;
  full_name: string;
  workspace?: string;
}) {
  const answer = await call<T.SessionAnswer>('POST', '/auth/sign-up', { body });
  session.accept(answer);
  return answer;
}

export async function createTenant(name: string) {
  const tenant = await call<T.TenantRef>('POST', '/tenants', { body: { name } });
  session.addTenant(tenant);
  return tenant;
}

const letter = (token: string) => `/auth/invitations/${enc(token)}`;
export const readInvitation = (token: string, signal?: AbortSignal) =>
  call<T.InvitationLetter>('GET', letter(token), { signal });

export async function acceptInvitation(token: string) {
  const tenant = await call<T.TenantRef>('POST', `${letter(token)}/accept`, { body: {} });
  session.addTenant(tenant);
  return tenant;
}

export const patchMe = (body: { locale?: string; full_name?: string; last_view?: string }) =>
  call<unknown>('PATCH', '/me', { body });

/** The calls about one workspace; `tenant` is its slug or id. */
export function workspace(tenant: string) {
  const at = (path: string) => `/tenants/${enc(tenant)}${path}`;
  const get = <R>(path: string, query?: Query, signal?: AbortSignal) =>
    call<R>('GET', at(path), { query, signal });
  const send = <R>(method: 'POST' | 'PATCH' | 'DELETE', path: string, options: CallOptions = {}) =>
    call<R>(method, at(path), options);

  const resource = <View, Body>(path: string) => ({
    list: (query?: Query, signal?: AbortSignal) => get<T.Page<View>>(path, query, signal),
    all: (query?: Query, signal?: AbortSignal) =>
      everything<View>((q) => get(path, { ...query, ...q }, signal)),
    get: (id: string, signal?: AbortSignal) => get<View>(`${path}/${enc(id)}`, undefined, signal),
    create: (body: Body) => send<View>('POST', path, { body }),
    update: (id: string, body: Partial<Body>, expect?: number) =>
      send<View>('PATCH', `${path}/${enc(id)}`, { body, expect }),
    remove: (id: string, expect?: number) =>
      send<{ head: string }>('DELETE', `${path}/${enc(id)}`, { expect }),
  });

  const people = resource<T.PersonView, T.PersonBody>('/people');
  return {
    people,
    jobTitles: (id: string) =>
      resource<T.JobTitleView, T.JobTitleBody>(`/people/${enc(id)}/job-titles`),
    availabilities: (id: string) =>
      resource<T.AvailabilityView, T.AvailabilityBody>(`/people/${enc(id)}/availabilities`),
    compensations: (id: string) =>
      resource<T.CompensationView, T.CompensationBody>(`/people/${enc(id)}/compensations`),
    projects: resource<T.ProjectView, T.ProjectBody>('/projects'),
    assignments: resource<T.AssignmentView, T.AssignmentBody>('/assignments'),
    timeOff: resource<T.TimeOffView, T.TimeOffBody>('/time-off'),
    skills: resource<T.NamedView, { name: string }>('/skills'),
    teams: resource<T.NamedView, { name: string }>('/teams'),
    settings: (signal?: AbortSignal) => get<T.SettingsView>('/settings', undefined, signal),
    dashboard: (
      query: { from: string; to: string; with_tentative: boolean },
      signal?: AbortSignal,
    ) => get<T.DashboardAnswer>('/dashboard', query, signal),
    scheduleIndex: (query: Query, signal?: AbortSignal) =>
      get<T.ScheduleIndex>('/schedule/index', query, signal),
    schedule: (query: Query, signal?: AbortSignal) =>
      get<T.ScheduleAnswer>('/schedule', query, signal),
    preview: (query: Query, commands: T.Command[], signal?: AbortSignal) =>
      send<T.PreviewAnswer>('POST', '/preview', { query, body: { commands }, signal }),
    commands: (query: Query, commands: T.Command[]) =>
      send<T.CommandsAnswer>('POST', '/commands', { query, body: { commands } }),
    undo: (query: Query) => send<T.UndoAnswer>('POST', '/undo', { query, body: {} }),
    notifications: (query?: Query, signal?: AbortSignal) =>
      get<T.NotificationPage>('/notifications', query, signal),
    readNotification: (id: string) =>
      send<T.UnreadCount>('POST', `/notifications/${enc(id)}/read`, { body: {} }),
    readAllNotifications: () =>
      send<T.UnreadCount>('POST', '/notifications/read-all', { body: {} }),
    notificationSettings: (signal?: AbortSignal) =>
      get<T.NotificationSettings>('/notifications/settings', undefined, signal),
    changeNotificationSettings: (
      kinds: Partial<Record<T.NewsKind, { in_app?: boolean; email?: boolean }>>,
    ) => send<T.NotificationSettings>('PATCH', '/notifications/settings', { body: { kinds } }),
    invitations: (signal?: AbortSignal) => get<T.InvitationList>('/invitations', undefined, signal),
    invite: (body: T.NewInvitation) => send<T.InvitationView>('POST', '/invitations', { body }),
    withdrawInvitation: (id: string) => send<undefined>('DELETE', `/invitations/${enc(id)}`),
    redo: (query: Query) => send<T.UndoAnswer>('POST', '/redo', { query, body: {} }),
  };
}

export type WorkspaceCalls = ReturnType<typeof workspace>;

/** All pages of a list. */
async function everything<V>(page: (q: Query) => Promise<T.Page<V>>): Promise<V[]> {
  const items: V[] = [];
  let cursor: string | null = null;
  do {
    const answer: T.Page<V> = await page({ limit: 200, cursor });
    items.push(...answer.items);
    cursor = answer.next_cursor ?? null;
  } while (cursor !== null);
  return items;
}
