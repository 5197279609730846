import { expect, it } from 'vitest';
import { lastView } from './lastView';

it('the next visit opens at today and with everybody, in the grouping and zoom one is used to', () => {
  const pathname = '/w/acme/schedule';
  const search = { date: '2026-03-02', q: 'Ana', project_id: 'p', overbooked: true };
  expect(lastView({ pathname, search })).toBe(pathname);
  const habits = { group: 'team', zoom: 32, density: 'compact', sort: undefined };
  expect(lastView({ pathname, search: { ...search, ...habits } })).toBe(
    `${pathname}?group=team&zoom=32&density=compact`,
  );
});
