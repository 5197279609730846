import { beforeEach, expect, it } from 'vitest';
import { readViews, without, withView, writeViews } from './views';

let kept: Map<string, string>;
const store = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
} as Storage;

beforeEach(() => {
  kept = new Map();
});

it('keeps filters, groups, order and zoom of each workspace, and not the days', () => {
  const search = { team_id: 't', group: 'role', sort: 'utilization', zoom: 32 } as const;
  const views = withView([], 'Design', { ...search, date: '2026-03-02', density: 'compact' });
  writeViews('acme', views, store);
  const [view] = readViews('acme', store);
  expect(view?.name).toBe('Design');
  expect(JSON.parse(JSON.stringify(view?.search))).toEqual(search);
  expect(readViews('other', store)).toEqual([]);
});

it('says also what a view does not set, so that it takes the place of what was', () => {
  writeViews('acme', withView([], 'All', {}), store);
  expect({ q: 'ana', group: 'team', ...readViews('acme', store)[0]?.search }).toMatchObject({
    q: undefined,
    group: undefined,
  });
});

it('replaces one of the same name, keeps them by name, and removes one', () => {
  const two = withView(withView([], 'b', { q: 'one' }), 'a', {});
  const replaced = withView(two, 'b', { q: 'two' });
  expect(replaced.map((view) => [view.name, view.search.q])).toEqual([
    ['a', undefined],
    ['b', 'two'],
  ]);
  expect(without(replaced, 'a').map((view) => view.name)).toEqual(['b']);
});

it('takes what it cannot read for no view', () => {
  for (const text of ['no list', '{"a":1}', '[1,null,{"name":"x"}]']) {
    kept.set('raally-views-acme', text);
    expect(readViews('acme', store), text).toEqual([]);
  }
  kept.set('raally-views-acme', '[{"name":"x","search":{"zoom":900,"role":"Cook"}}]');
  expect(readViews('acme', store)[0]?.search).toMatchObject({ role: 'Cook', zoom: undefined });
});
