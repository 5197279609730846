/** Who is signed in: the access token lives in memory only, the refresh token in a cookie that scripts can't read. */
import { locate } from './operations';
import type { Session as SessionAnswer, TenantView, UserView } from './schema.gen';

export interface Session {
  user: UserView;
  tenants: TenantView[];
  lastView: string | null;
}

type State = { status: 'unknown' | 'signed-out' } | { status: 'signed-in'; session: Session };

let state: State = { status: 'unknown' };
let token: string | null = null;
let staleAt = 0;
const listeners = new Set<() => void>();

const EARLY_MS = 20_000;

const post = (operation: 'refresh' | 'sign_out') => {
  const { method, url } = locate(operation, {});
  return fetch(url, { method, credentials: 'same-origin' });
};

function set(next: State) {
  state = next;
  listeners.forEach((l) => l());
}

export const getState = () => state;
export const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};

export function accept(answer: SessionAnswer) {
  token = answer.access_token;
  staleAt = performance.now() + answer.expires_in * 1000 - EARLY_MS;
  set({
    status: 'signed-in',
    session: { user: answer.user, tenants: answer.tenants, lastView: answer.last_view },
  });
}

export function forget() {
  token = null;
  set({ status: 'signed-out' });
}

let refreshing: Promise<boolean> | null = null;

/** A new access token from the refresh cookie; false when there is none that still holds. Tabs take turns, because each refresh replaces the cookie. */
export function refresh(): Promise<boolean> {
  refreshing ??= inTurn(askRefresh).finally(() => (refreshing = null));
  return refreshing;
}

const inTurn = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? (navigator.locks.request('raally-refresh', work) as Promise<T>) : work();

async function askRefresh(): Promise<boolean> {
  const answer = await post('refresh');
  if (answer.ok) {
    const session: SessionAnswer = await answer.json();
    accept(session);
    return true;
  }
  if (answer.status === 401 || answer.status === 403) forget();
  return false;
}

/** The first question of a page load: is somebody signed in? */
export async function start(): Promise<State> {
  if (state.status === 'unknown') {
    await refresh().catch(() => false);
    if (state.status === 'unknown') set({ status: 'signed-out' });
  }
  return state;
}

/** A token that still holds for a while, or null when nobody is signed in. */
export async function accessToken(): Promise<string | null> {
  if (token !== null && performance.now() < staleAt) return token;
  if (token === null && state.status !== 'signed-in') return null;
  await refresh();
  return token;
}

/** Marks the token as expired, for example after a 401. */
export const expireToken = () => void (staleAt = 0);

/** Adds a workspace, or keeps what has become of one. */
export function addTenant(tenant: TenantView) {
  if (state.status !== 'signed-in') return;
  const others = state.session.tenants.filter((t) => t.id !== tenant.id);
  set({ status: 'signed-in', session: { ...state.session, tenants: [...others, tenant] } });
}

/** What has become of the account that is signed in. */
export function keepUser(user: UserView) {
  if (state.status !== 'signed-in') return;
  set({ status: 'signed-in', session: { ...state.session, user } });
}

export async function signOut() {
  await post('sign_out');
  forget();
}
