/** One way to the server: token, freshness, idempotency and errors, the same for every call. */
import { accessToken, forget, expireToken } from './session';
import type { Problem } from './types';

/** An answer of the server that is not a success, as its problem document. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
    this.problem = problem;
  }
  get status() {
    return this.problem.status;
  }
  get slug() {
    return this.problem.type.split('/').pop() ?? '';
  }
}

/** No answer at all: the network, or a server that is starting. */
export class OfflineError extends Error {}

export type QueryValue = string | number | boolean | null | undefined;
export interface CallOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  expect?: number;
  signal?: AbortSignal;
}
type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const heads = new Map<string, string>();
const tenantOf = (path: string) => /^\/tenants\/([^/]+)/.exec(path)?.[1] ?? '';

/** The freshest head seen of a tenant: what the next read must at least hold. */
export const headOf = (tenant: string) => heads.get(tenant) ?? null;
export const forgetHead = (tenant: string) => void heads.delete(tenant);

export function sawHead(tenant: string, head: string) {
  const [epoch = 0, seq = 0] = head.split('.').map(Number);
  const [knownEpoch = 0, knownSeq = -1] = (heads.get(tenant) ?? '').split('.').map(Number);
  if (epoch > knownEpoch || (epoch === knownEpoch && seq > knownSeq)) heads.set(tenant, head);
}

export function url(path: string, query: CallOptions['query']): string {
  const pairs = Object.entries(query ?? {}).filter(
    ([, v]) => v !== undefined && v !== null && v !== '',
  );
  const search = new URLSearchParams(pairs.map(([k, v]) => [k, String(v)]));
  return `/api/v1${path}${search.size > 0 ? `?${search}` : ''}`;
}

function headers(method: Method, tenant: string, options: CallOptions, key: string): Headers {
  const h = new Headers({ Accept: 'application/json' });
  if (options.body !== undefined) h.set('Content-Type', 'application/json');
  if (options.expect !== undefined) h.set('If-Match', `"${options.expect}"`);
  if (method !== 'GET' && tenant !== '') h.set('Idempotency-Key', key);
  const head = method === 'GET' && tenant !== '' ? heads.get(tenant) : undefined;
  if (head) h.set('Raally-Head', head);
  return h;
}

async function problemOf(answer: Response): Promise<Problem> {
  const fallback = {
    type: 'about:blank',
    title: answer.statusText || `HTTP ${answer.status}`,
    status: answer.status,
  };
  if (!answer.headers.get('content-type')?.includes('json')) return fallback;
  const body = (await answer.json().catch(() => ({}))) as Partial<Problem>;
  return { ...fallback, instance: answer.headers.get('x-request-id') ?? undefined, ...body };
}

/** Calls `/api/v1{path}`; an expired token is renewed once and the same request is sent again. */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const tenant = tenantOf(path);
  const key = crypto.randomUUID();
  for (let attempt = 0; ; attempt++) {
    const h = headers(method, tenant, options, key);
    const token = await accessToken();
    if (token) h.set('Authorization', `Bearer ${token}`);
    const answer = await fetch(url(path, options.query), {
      method,
      headers: h,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: 'same-origin',
    }).catch((cause: unknown) => {
      if (options.signal?.aborted) throw cause;
      throw new OfflineError('no answer', { cause });
    });
    if (answer.status === 401 && token && attempt === 0) {
      expireToken();
      continue;
    }
    const head = answer.headers.get('raally-head');
    if (tenant && head && answer.ok) sawHead(tenant, head);
    if (answer.status === 204) return undefined as T;
    if (answer.ok) return (await answer.json()) as T;
    const problem = await problemOf(answer);
    if (problem.status === 401 && token) forget();
    if (problem.type.endsWith('/reset')) forgetHead(tenant);
    throw new ApiError(problem);
  }
}
