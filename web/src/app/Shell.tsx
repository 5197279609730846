import { useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { Bell } from '../features/notifications/Bell';
import { call } from '../shared/api/client';
import { listen, type LiveState } from '../shared/api/live';
import { publish } from '../shared/api/liveBus';
import type { Role } from '../shared/api/schema.gen';
import { WorkspaceApi } from '../shared/api/workspace';
import { WorkspaceContext } from '../shared/api/WorkspaceContext';
import { useSessionState } from '../shared/api/useSession';
import { useI18n } from '../shared/i18n/i18n';
import { lazyChunk, lookForNewVersion } from '../shared/lib/chunks';
import { IconButton } from '../shared/ui/primitives';
import { Icon } from '../shared/ui/Icon';
import { AccountMenu } from './AccountMenu';

import { NotFound } from './Broken';
import { Guards } from './Guards';
import { lastView } from './lastView';
import { Look } from './Look';
import { PaletteButton } from './palette/PaletteButton';
import { screensFor } from './screens';
import css from './shell.module.css';
import { useTenant } from './useTenant';

const loadSignInAgain = () => import('./SignInAgain');
const SignInAgain = lazyChunk(loadSignInAgain);
const IDLE_MS = 5000;
const LAST_VIEW_MS = 3000;
const INVALIDATE_MS = 300;

/** Announces the workspace's changes to whoever shows them; lists are fetched again, the schedule patches itself. */
function useLive(api: WorkspaceApi | undefined): LiveState {
  const [state, setState] = useState<LiveState>('connecting');
  const queries = useQueryClient();
  useEffect(() => {
    if (!api) return;
    const { tenant } = api;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let known = false;
    // The server answers again: what failed meanwhile is asked for once more, and it may be another version.
    const back = () => {
      publish(tenant, { kind: 'reconnected' });
      void queries.refetchQueries({ predicate: (q) => q.state.status === 'error' });
      void lookForNewVersion();
    };
    const stop = listen(
      tenant,
      (message) => {
        if (message.kind === 'notification') {
          void api.invalidate(queries, 'list_notifications');
          return;
        }
        publish(tenant, message);
        clearTimeout(timer);
        timer = setTimeout(() => void api.invalidate(queries), INVALIDATE_MS);
      },
      (now) => {
        setState(now);
        if (now === 'open' && known) back();
        known = true;
      },
    );
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [api, queries]);
  return state;
}

/** Signing in again must work where code cannot be fetched any more: it is there before it is needed. */
function useEarlySignIn() {
  useEffect(() => {
    const timer = setTimeout(() => void loadSignInAgain().catch(() => undefined), IDLE_MS);
    return () => clearTimeout(timer);
  }, []);
}

/** Remembers where one was, so that the next visit opens there. */
function useLastView(signedIn: boolean) {
  const href = useRouterState({ select: ({ location }) => lastView(location) });
  useEffect(() => {
    if (!signedIn) return;
    const timer = setTimeout(
      () => void call('change_me', {}, { body: { last_view: href } }).catch(() => undefined),
      LAST_VIEW_MS,
    );
    return () => clearTimeout(timer);
  }, [href, signedIn]);
}

/** What could not be fetched while nobody was signed in is asked for again. */
function useReturn(signedIn: boolean) {
  const queries = useQueryClient();
  const was = useRef(signedIn);
  useEffect(() => {
    if (signedIn && !was.current) void queries.invalidateQueries();
    was.current = signedIn;
  }, [signedIn, queries]);
}

function Navigation({ tenant, role }: { tenant: string; role: Role }) {
  const { t } = useI18n();
  return (
    <nav className={css.side} aria-label={t.app.mainNavigation}>
      {screensFor(role).map(({ to, name, icon }) => (
        <Link
          key={name}
          to={to}
          params={{ tenant }}
          className={css.nav}
          activeProps={{ 'data-active': true }}
          title={t.app[name]}
        >
          <Icon name={icon} />
          <span className={css.navText}>{t.app[name]}</span>
        </Link>
      ))}
    </nav>
  );
}

const FOLDED = 'raally-folded';

export function Shell() {
  const { t } = useI18n();
  const { tenant: key = '' } = useParams({ strict: false });
  const state = useSessionState();
  const [known, setKnown] = useState(state.status === 'signed-in' ? state.session : null);
  if (state.status === 'signed-in' && state.session !== known) setKnown(state.session);
  const tenant = useTenant(known, key);
  const id = tenant?.id;
  // Each token refresh creates new tenant objects; keyed by id, the API client (and the schedule's cache) survives it, and another slug.
  const api = useMemo(() => (id === undefined ? undefined : new WorkspaceApi(id)), [id]);
  const current = useMemo(() => tenant && api && { tenant, api }, [tenant, api]);
  const live = useLive(state.status === 'signed-in' ? api : undefined);
  useReturn(state.status === 'signed-in');
  useLastView(state.status === 'signed-in' && tenant !== undefined);
  useEarlySignIn();
  const [folded, setFolded] = useState(localStorage.getItem(FOLDED) === 'true');
  const fold = () => {
    localStorage.setItem(FOLDED, String(!folded));
    setFolded(!folded);
  };
  if (!current || !known) return <NotFound />;
  return (
    <WorkspaceContext value={current}>
      <Guards />
      <div className={css.shell} data-folded={folded || undefined}>
        <a href="#content" className={css.skip}>
          {t.app.skipToContent}
        </a>
        <header className={css.top}>
          <IconButton
            icon="fold"
            label={folded ? t.app.unfold : t.app.fold}
            aria-expanded={!folded}
            onClick={fold}
          />
          <Look />
          <span className={css.grow} />
          {live === 'lost' && (
            <span className={css.lost} role="status">
              {t.app.liveLost}
            </span>
          )}
          <PaletteButton />
          <Bell />
          <AccountMenu session={known} />
        </header>
        <Navigation tenant={key} role={current.tenant.role} />
        <main id="content" className={css.content} tabIndex={-1}>
          <Outlet />
        </main>
        {state.status === 'signed-out' && (
          <Suspense>
            <SignInAgain email={known.user.email} userId={known.user.id} />
          </Suspense>
        )}
      </div>
    </WorkspaceContext>
  );
}
