/** One way to the server: token, freshness, idempotency and errors, the same for every operation. */
import type { Said } from '../i18n/problem';
import { locate, type Answer, type Body, type OperationId, type Params } from './operations';
import type { Problem as ProblemDocument } from './schema.gen';
import { accessToken, expireToken, forget } from './session';

/** A problem document; a proxy's answer may lack most of it. */
export type Problem = Pick<ProblemDocument, 'type' | 'title' | 'status'> &
  Partial<ProblemDocument> &
  Pick<Said, 'code' | 'params'>;

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

const heads = new Map<string, string>();

/** The freshest head seen of a tenant: what the next read must at least hold. */
export const headOf = (tenant: string) => heads.get(tenant) ?? null;
export const forgetHead = (tenant: string) => void heads.delete(tenant);

export function sawHead(tenant: string, head: string) {
  const [epoch = 0, seq = 0] = head.split('.').map(Number);
  const [knownEpoch = 0, knownSeq = -1] = (heads.get(tenant) ?? '').split('.').map(Number);
  if (epoch > knownEpoch || (epoch === knownEpoch && seq > knownSeq)) heads.set(tenant, head);
}

interface Common {
  /** The version that the resource must have. */
  expect?: number;
  signal?: AbortSignal;
}
/** A body is needed where the operation takes one, and nowhere else. */
export type CallOptions<O extends OperationId> =
  undefined extends Body<O>
    ? [options?: Common & { body?: undefined }]
    : [options: Common & { body: Body<O> }];

export type Sent = Common & { body?: unknown };

function headers(method: string, tenant: string, options: Sent, key: string): Headers {
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
    instance: answer.headers.get('x-request-id') ?? undefined,
  };
  if (!answer.headers.get('content-type')?.includes('json')) return fallback;
  const body: Partial<Problem> = await answer.json().catch(() => ({}));
  return { ...fallback, ...body };
}

/**
 * Sends a request; an expired token is renewed once and the same request is sent again. `A` is what the answer is taken
 * for: `call` and the workspace's calls say it by the operation.
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
  for (let attempt = 0; ; attempt++) {
    const h = headers(method, tenant, options, key);
    const token = await accessToken();
    if (token) h.set('Authorization', `Bearer ${token}`);
    const answer = await fetch(url, {
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
    if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as A;
    const problem = await problemOf(answer);
    if (problem.status === 401 && token) forget();
    if (problem.type.endsWith('/reset')) forgetHead(tenant);
    throw new ApiError(problem);
  }
}

/** Calls an operation by its id: parameters, body and answer are as the API's document says. */
export const call = <O extends OperationId>(
  operation: O,
  params: Params<O>,
  ...[options]: CallOptions<O>
): Promise<Answer<O>> => request<Answer<O>>(operation, { ...params }, { ...options });
