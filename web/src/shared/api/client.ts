/** The HTTP client: access token, read-your-writes, idempotency keys and errors, the same for every operation. */
import type { Said } from '../i18n/problem';
import { locate, type Answer, type Body, type OperationId, type Params } from './operations';
import type { AuditItem, FieldError, Problem as ProblemDocument } from './schema.gen';
import { accessToken, expireToken, forget } from './session';

/** A problem document. A response of a proxy may lack most fields, and a newer server knows more codes. */
export type Problem = Pick<ProblemDocument, 'type' | 'title' | 'status'> &
  Partial<Omit<ProblemDocument, 'code' | 'errors'>> &
  Said & {
    errors?: (Pick<FieldError, 'pointer'> & Said)[];
    /** Who changed what, the latest first, where that stands in the way. */
    changes?: Pick<AuditItem, 'actor' | 'recorded_at' | 'changes'>[];
  };

/** An error response of the server, as its problem document. */
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

/** Whether somebody else changed meanwhile what was to be changed. */
export const isConflict = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 412 || error.slug === 'precondition-failed');

/** No response at all: a network failure, or a server that is starting. */
export class OfflineError extends Error {}

const heads = new Map<string, string>();

/** The newest head seen of a tenant; sent with reads, so that they include our writes. */
export const headOf = (tenant: string) => heads.get(tenant) ?? null;
export const forgetHead = (tenant: string) => void heads.delete(tenant);

export function sawHead(tenant: string, head: string) {
  const [epoch = 0, seq = 0] = head.split('.').map(Number);
  const [knownEpoch = 0, knownSeq = -1] = (heads.get(tenant) ?? '').split('.').map(Number);
  if (epoch > knownEpoch || (epoch === knownEpoch && seq > knownSeq)) heads.set(tenant, head);
}

const KEPT_MS = 60_000;

interface Common {
  /** The version that the resource must have (`If-Match`). */
  expect?: number;
  signal?: AbortSignal;
}
/** Options are required exactly if the operation has a request body. */
export type CallOptions<O extends OperationId> =
  undefined extends Body<O>
    ? [options?: Common & { body?: undefined }]
    : [options: Common & { body: Body<O> }];

export type Sent = Common & { body?: unknown };

function headers(method: string, tenant: string, options: Sent, key: string): Headers {
  const h = new Headers({ Accept: 'application/json' });
  const file = options.body instanceof Blob;
  if (options.body !== undefined)
    h.set('Content-Type', file ? 'application/octet-stream' : 'application/json');
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
    instance: answer.headers.get('x-request-id') ?? undefined,
  };
  if (!answer.headers.get('content-type')?.includes('json')) return fallback;
  const body: Partial<Problem> = await answer.json().catch(() => ({}));
  return { ...fallback, ...body };
}

/**
 * Sends a request and retries it once with a new token if the old one has expired. The response is not validated: `A` is
 * trusted, so use `call` or `WorkspaceApi`, which take it from the operation.
 */
export async function request<A>(
  operation: OperationId,
  params: object,
  options: Sent,
): Promise<A> {
  const given: { tenant?: unknown } = params;
  const tenant = typeof given.tenant === 'string' ? given.tenant : '';
  const { method, url } = locate(operation, given);
  const key = crypto.randomUUID();
  const sent: unknown = options.body;
  const body = sent === undefined || sent instanceof Blob ? sent : JSON.stringify(sent);
  for (let attempt = 0; ; attempt++) {
    const h = headers(method, tenant, options, key);
    const token = await accessToken();
    if (token) h.set('Authorization', `Bearer ${token}`);
    const answer = await fetch(url, {
      method,
      headers: h,
      body,
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
    if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as A;
    const problem = await problemOf(answer);
    if (problem.status === 401 && token) forget();
    if (problem.type.endsWith('/reset')) forgetHead(tenant);
    throw new ApiError(problem);
  }
}

/** Calls an operation by its id; parameters, body and response are typed by the OpenAPI document. */
export const call = <O extends OperationId>(
  operation: O,
  params: Params<O>,
  ...[options]: CallOptions<O>
): Promise<Answer<O>> => request<Answer<O>>(operation, { ...params }, { ...options });

/** Fetches what an operation answers as a file, which the browser keeps under that name. */
export async function download(operation: OperationId, params: object, name: string) {
  const token = await accessToken();
  const headers: HeadersInit = token ? { Authorization: `Bearer ${token}` } : {};
  const { url } = locate(operation, params);
  const answer = await fetch(url, { headers, credentials: 'same-origin' }).catch(
    (cause: unknown) => {
      throw new OfflineError('no answer', { cause });
    },
  );
  if (!answer.ok) throw new ApiError(await problemOf(answer));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
