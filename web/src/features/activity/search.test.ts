import { expect, it } from 'vitest';
import { activitySearch, auditQuery, isFiltered } from './search';

const ID = 'c4e39b55-0000-4000-8000-000000000003';

it('keeps of an address what the server would understand', () => {
  const good = { q: 'Ana', actor: ID, entity: 'person', entity_id: ID, action: 'deleted' };
  expect(activitySearch({ ...good, from: '2026-11-02' })).toEqual({
    ...good,
    from: '2026-11-02',
    to: undefined,
  });
  const bad = { q: 7, actor: 'me', entity: 'work_log', entity_id: '7', action: 'merged' };
  expect(isFiltered(activitySearch({ ...bad, from: 'today', to: '2026-02-30' }))).toBe(false);
});

it('asks for whole days by the reader’s clock, the last one included', () => {
  const { from, to, q } = auditQuery({ q: 'Ana', from: '2026-11-02', to: '2026-11-30' });
  expect(q).toBe('Ana');
  expect(new Date(from ?? '').getTime()).toBe(new Date(2026, 10, 2).getTime());
  expect(new Date(to ?? '').getTime()).toBe(new Date(2026, 11, 1).getTime());
  expect(auditQuery({})).toEqual({ from: undefined, to: undefined });
});
