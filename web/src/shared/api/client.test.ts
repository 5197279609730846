import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, call, forgetHead } from './client';
import { locate } from './operations';
import { accept, forget } from './session';
import { WorkspaceApi } from './workspace';

interface Sent {
  method: string;
  url: string;
  headers: Headers;
  body: unknown;
}
let sent: Sent[];
let answers: Response[];
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
  });

beforeEach(() => {
  sent = [];
  answers = [];
  // No locks between tabs here.
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
    sent.push({ method: init.method ?? 'GET', url, headers: new Headers(init.headers), body });
    return Promise.resolve(answers.shift() ?? json({}));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  forget();
  forgetHead('acme');
});

const api = new WorkspaceApi('acme');
const signal = new AbortController().signal;

describe('an operation', () => {
  it('has its parameters where its path and query want them', () => {
    expect(locate('change_job_title', { tenant: 'a b', id: 'p', record_id: 'r/1' })).toEqual({
      method: 'PATCH',
      url: '/api/v1/tenants/a%20b/people/p/job-titles/r%2F1',
    });
    const params = {
      tenant: 'acme',
      q: 'Ana & Bo',
      archived: true,
      cursor: null,
      limit: undefined,
    };
    expect(locate('list_people', params).url).toBe(
      '/api/v1/tenants/acme/people?q=Ana+%26+Bo&archived=true',
    );
  });

  it('is sent with its body, the version it expects and a key, and reads at least what it wrote', async () => {
    answers = [json({ head: '1.7' }, 200, { 'Raally-Head': '1.7' }), json({ full_name: 'Ana' })];
    await api.call('change_person', { id: 'p' }, { body: { archived: true }, expect: 3 });
    expect((await api.call('get_person', { id: 'p' })).full_name).toBe('Ana');
    const [write, read] = sent;
    expect(write?.body).toEqual({ archived: true });
    expect(write?.headers.get('If-Match')).toBe('"3"');
    expect(write?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
    expect(read?.headers.get('Raally-Head')).toBe('1.7');
    expect(read?.headers.get('Idempotency-Key')).toBeNull();
  });

  it('is sent again under a new token, with the same key, where the old one has expired', async () => {
    const user = { id: 'u', email: 'a@b.c', email_verified: true, full_name: 'Ana', locale: 'en' };
    const session = { expires_in: 600, user, tenants: [], last_view: null, token_type: 'Bearer' };
    accept({ ...session, access_token: 'old' });
    answers = [json({}, 401), json({ ...session, access_token: 'new' }), json({ label: 'Ana' })];
    expect((await api.call('undo', {})).label).toBe('Ana');
    const [first, , again] = sent;
    expect(first?.headers.get('Authorization')).toBe('Bearer old');
    expect(again?.headers.get('Authorization')).toBe('Bearer new');
    expect(again?.headers.get('Idempotency-Key')).toBe(first?.headers.get('Idempotency-Key'));
  });

  it('answers nothing where there is nothing, and throws the problem where it fails', async () => {
    answers = [new Response(null, { status: 204 })];
    expect(await api.call('remove_invitation', { invitation_id: 'i' })).toBeUndefined();
    const problem = { type: 'https://x/conflict', title: 'No', status: 409, detail: 'Taken.' };
    answers = [json(problem, 409)];
    const failure = await call('sign_in', {}, { body: { email: 'a', password: 'b' } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ApiError);
    expect((failure as ApiError).problem).toMatchObject(problem);
  });
});

describe('a query', () => {
  it('has a key of workspace, operation and parameters, by which its answers are invalidated', async () => {
    const queries = new QueryClient();
    const { queryKey } = api.q('get_person', { id: 'p' });
    expect(queryKey).toEqual(['acme', 'get_person', { id: 'p' }]);
    const lists = [api.all('list_teams', {}), api.pages('list_teams', { q: 'x' })];
    for (const of of [{ queryKey }, ...lists]) queries.setQueryData(of.queryKey, {});
    await api.invalidate(queries, 'list_teams');
    const stale = (of: { queryKey: readonly unknown[] }) =>
      queries.getQueryState(of.queryKey)?.isInvalidated;
    expect([{ queryKey }, ...lists].map(stale)).toEqual([false, true, true]);
    await api.invalidate(queries);
    expect(stale({ queryKey })).toBe(true);
  });

  it('of a whole list asks for page after page', async () => {
    answers = [
      json({ items: [{ id: 'a' }], next_cursor: 'c', total: 2 }),
      json({ items: [{ id: 'b' }], next_cursor: null, total: 2 }),
    ];
    const teams = await new QueryClient().fetchQuery(api.all('list_teams', {}));
    expect(teams.map((team) => team.id)).toEqual(['a', 'b']);
    expect(sent.map((s) => s.url.split('?')[1])).toEqual(['limit=200', 'limit=200&cursor=c']);
  });

  it('of a page hands the cursor on', async () => {
    answers = [json({ items: [], next_cursor: null, total: 0 })];
    await api.pages('list_people', { q: 'Ana', limit: 50 }).queryFn({ pageParam: 'c', signal });
    expect(sent[0]?.url).toBe('/api/v1/tenants/acme/people?q=Ana&limit=50&cursor=c');
  });
});

/** What must not compile: `npm run typecheck` fails where one of these does. */
export function refusedByTheCompiler() {
  // @ts-expect-error a parameter is missing
  void api.call('get_person', {});
  // @ts-expect-error the body is missing
  void api.call('add_person', {});
  // @ts-expect-error the body is another operation's
  void api.call('add_person', {}, { body: { name: '' } });
  // @ts-expect-error there is no such parameter
  void api.call('list_people', { colour: 1 });
  // @ts-expect-error it takes no body
  void api.call('undo', {}, { body: {} });
  // @ts-expect-error it is no workspace's
  void api.call('sign_in', {}, { body: { email: '', password: '' } });
  // @ts-expect-error it is not a list
  void api.all('get_person', { id: '' });
  // @ts-expect-error a query only reads
  void api.q('remove_person', { id: '' });
  // @ts-expect-error the answer has no such field
  void api.call('get_person', { id: '' }).then((person) => person.name);
}
