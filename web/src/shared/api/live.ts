/** Others' changes: one tab holds the stream, the tabs beside it listen to that one. */
import { forgetHead, sawHead } from './client';
import { locate } from './operations';
import type { LiveChange } from './schema.gen';
import { accessToken, expireToken } from './session';

export type LiveMessage =
  { kind: 'change'; change: LiveChange } | { kind: 'reset' } | { kind: 'notification' };
export type LiveState = 'connecting' | 'open' | 'lost';

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
const SILENCE_MS = 40_000;

/** Splits a `text/event-stream` into its events. */
export async function* events(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ event: string; id: string | null; data: string }> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const found = { event: 'message', id: null as string | null, data: '' };
        for (const line of block.split('\n')) {
          const [, field, text = ''] = /^([a-z]+):\s?(.*)$/.exec(line) ?? [];
          if (field === 'event') found.event = text;
          if (field === 'id') found.id = text;
          if (field === 'data') found.data += text;
        }
        yield found;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Listens to a workspace until the returned function is called. */
export function listen(
  tenant: string,
  hear: (m: LiveMessage) => void,
  stateChanged: (s: LiveState) => void,
): () => void {
  const stop = new AbortController();
  const channel = new BroadcastChannel(`raally-live-${tenant}`);
  const take = (m: LiveMessage) => {
    if (m.kind === 'reset') forgetHead(tenant);
    if (m.kind === 'change') sawHead(tenant, m.change.head);
    hear(m);
  };
  channel.onmessage = (e: MessageEvent<LiveMessage | { kind: 'state'; state: LiveState }>) => {
    if (e.data.kind === 'state') stateChanged(e.data.state);
    else take(e.data);
  };
  const tell = (s: LiveState) => {
    stateChanged(s);
    channel.postMessage({ kind: 'state', state: s });
  };
  const lead = () =>
    follow(tenant, stop.signal, tell, (m) => {
      take(m);
      channel.postMessage(m);
    });
  const turn = navigator.locks
    ? navigator.locks.request(`raally-live-${tenant}`, { signal: stop.signal }, lead)
    : lead();
  turn.catch(() => undefined);
  return () => {
    stop.abort();
    channel.close();
  };
}

async function follow(
  tenant: string,
  signal: AbortSignal,
  tell: (s: LiveState) => void,
  hear: (m: LiveMessage) => void,
) {
  let last: string | null = null;
  for (let failures = 0; !signal.aborted;) {
    const connection = new AbortController();
    const end = () => connection.abort();
    signal.addEventListener('abort', end);
    try {
      const body = await open(tenant, last, connection.signal);
      tell('open');
      failures = 0;
      for await (const e of watched(body)) {
        if (e.id) last = e.id;
        if (e.event === 'change')
          hear({ kind: 'change', change: JSON.parse(e.data) as LiveChange });
        if (e.event === 'reset') hear({ kind: 'reset' });
        if (e.event === 'notification') hear({ kind: 'notification' });
      }
    } catch {
      failures += 1;
    } finally {
      signal.removeEventListener('abort', end);
      connection.abort();
    }
    if (signal.aborted) return;
    if (failures > 1) tell('lost');
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0, signal);
  }
}

async function open(
  tenant: string,
  last: string | null,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const headers = new Headers({ Accept: 'text/event-stream' });
  const token = await accessToken();
  if (token) headers.set('Authorization', `Bearer ${token}`);
  if (last) headers.set('Last-Event-ID', last);
  const answer = await fetch(locate('live', { tenant }).url, {
    headers,
    signal,
    credentials: 'same-origin',
  });
  if (answer.status === 401) expireToken();
  if (!answer.ok || !answer.body) throw new Error(`live: ${answer.status}`);
  return answer.body;
}

/** The stream's events; ends when not even a heartbeat comes. */
async function* watched(body: ReadableStream<Uint8Array>) {
  const source = events(body);
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<null>(
      (resolve) => (timer = setTimeout(() => resolve(null), SILENCE_MS)),
    );
    const next = await Promise.race([source.next(), silence]);
    clearTimeout(timer);
    if (next === null || next.done) return;
    yield next.value;
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
