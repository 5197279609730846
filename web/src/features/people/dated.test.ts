import { expect, it } from 'vitest';
import { en } from '@/shared/i18n/en';
import { kindOf, sayChange } from './dated';

const title = (effective_date: string, title: string) => ({ id: title, effective_date, title });
const kind = (data: ReturnType<typeof title>[] | undefined) =>
  kindOf({
    title: 'Job title',
    none: 'None yet',
    query: { data, error: null },
    says: (r, before) => sayChange(en, r.title, before?.title),
    remove: (r) => Promise.resolve(r.id),
    form: (r) => r?.title ?? 'new',
  });

it('tells what holds from each day on and what held before, the newest first', async () => {
  const entries =
    kind([
      title('2024-01-08', 'Developer'),
      title('2026-03-01', 'Senior Developer'),
      title('2025-01-01', 'Developer'),
    ]).entries ?? [];
  expect(entries.map((e) => `${e.date} ${e.says as string}`)).toEqual([
    '2026-03-01 Senior Developer, was Developer',
    '2025-01-01 Developer',
    '2024-01-08 Developer',
  ]);
  // Each leads to its own record.
  expect(entries[0]?.form(() => undefined)).toBe('Senior Developer');
  expect(await entries[0]?.remove()).toBe('Senior Developer');
});

it('knows what is not known yet from what is not there', () => {
  expect(kind(undefined).entries).toBeUndefined();
  expect(kind([]).entries).toEqual([]);
  expect(kind([]).form(() => undefined)).toBe('new');
});
