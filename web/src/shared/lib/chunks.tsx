/** Code that is fetched when it is needed. Where it does not come, nothing on the screen is taken away: it is asked for again, and a newer version is told of. */
import { lazy, Suspense, useSyncExternalStore, type ComponentType } from 'react';
import { allSaved } from './unsaved';

interface Chunks {
  /** How many pieces of code are waited for. */
  waiting: number;
  /** Whether the server has other code than this page runs. */
  replaced: boolean;
}

/** What the loader needs of the browser. */
export interface Surroundings {
  isReplaced: () => Promise<boolean>;
  pause: (ms: number) => Promise<void>;
}

const RETRY_MS = [500, 1000, 2000, 5000];
/** What browsers and the build's preloader say of code that did not come. */
const MISSING = /dynamically imported module|importing a module script failed|preload css/i;

let chunks: Chunks = { waiting: 0, replaced: false };
const listeners = new Set<() => void>();
const set = (part: Partial<Chunks>) => {
  chunks = { ...chunks, ...part };
  listeners.forEach((l) => l());
};
export const getChunks = () => chunks;
const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};
export const useChunks = () => useSyncExternalStore(subscribe, getChunks);

/** Whether the server's page starts other code than the one shown; false where it does not answer. */
async function isReplaced(): Promise<boolean> {
  const own = document.querySelector('script[type=module][src]')?.getAttribute('src');
  const answer = await fetch('/', { cache: 'no-store' }).catch(() => null);
  return Boolean(own && answer?.ok && !(await answer.text()).includes(own));
}

/** Asks the server whether there is a newer version, for instance once it is back. */
export async function lookForNewVersion(): Promise<void> {
  if (await isReplaced()) set({ replaced: true });
}

const browser: Surroundings = {
  isReplaced,
  pause: (ms) =>
    new Promise((resolve) => {
      const over = new AbortController();
      const go = () => {
        clearTimeout(timer);
        over.abort();
        resolve();
      };
      const timer = setTimeout(go, ms);
      window.addEventListener('online', go, { signal: over.signal });
    }),
};

/**
 * Fetches code until it comes. Code that came and failed is an error like any other. What is only there after a while waits for
 * `calm` as well.
 */
export async function fetchChunk<T>(
  load: () => Promise<T>,
  around = browser,
  calm?: () => Promise<void>,
): Promise<T> {
  let waits = false;
  try {
    for (let failures = 0; ; failures++) {
      try {
        const chunk = await load();
        if (waits) await calm?.();
        return chunk;
      } catch (error) {
        if (!(error instanceof Error) || !MISSING.test(error.message)) throw error;
        if (!waits) set({ waiting: chunks.waiting + 1 });
        waits = true;
        if (await around.isReplaced()) set({ replaced: true });
        await around.pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
      }
    }
  } finally {
    if (waits) set({ waiting: chunks.waiting - 1 });
  }
}

const STYLE_RETRY_MS = 1000;

/** The build's preloader asks for a style sheet once; one that did not come is asked for again here. */
export function refetchStyles() {
  const again = ({ target }: Event) => {
    if (!(target instanceof HTMLLinkElement) || target.rel !== 'stylesheet') return;
    const next = target.cloneNode() as HTMLLinkElement;
    setTimeout(() => target.replaceWith(next), STYLE_RETRY_MS);
  };
  // Errors of elements do not bubble.
  window.addEventListener('error', again, true);
}

interface Loaded<P> {
  default: ComponentType<P>;
}

/** `React.lazy` for a component whose code is waited for. */
export const lazyChunk = <P extends object>(load: () => Promise<Loaded<P>>) =>
  lazy(() => fetchChunk(load));

/**
 * The component of a route: the router waits for its code and shows what was there meanwhile. A screen that comes late takes the
 * place of no form that is being filled in.
 */
export function screen(load: () => Promise<Loaded<object>>) {
  let loading: Promise<Loaded<object>> | undefined;
  const get = () => {
    loading ??= fetchChunk(load, browser, allSaved);
    loading.catch(() => (loading = undefined));
    return loading;
  };
  const Screen = lazy(get);
  const Route = () => (
    <Suspense>
      <Screen />
    </Suspense>
  );
  return Object.assign(Route, { preload: () => get().then(() => undefined) });
}
