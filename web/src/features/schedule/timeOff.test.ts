import { expect, it } from 'vitest';
import type { AssignmentBar, TimeOffBar } from '@/shared/api/schema.gen';
import { NEW_BAR } from './draft';
import { freeLane } from './timeOff';

const bar = (id: string, lane: number, start: string, end: string | null): AssignmentBar => ({
  ...NEW_BAR,
  id,
  project_id: 'p',
  effort: { per: 'week', minutes: 600 },
  lane,
  start,
  end,
});
const row = (...bars: AssignmentBar[]) => ({
  assignments: new Map(bars.map((one) => [one.id, one])),
});
const off: TimeOffBar = {
  id: 'o',
  from: '2026-03-09',
  to: '2026-03-13',
  kind: 'vacation',
  portion: 'day',
  status: 'approved',
  minutes_per_day: null,
  version: 1,
};

it('names time off in the first lane that is free on all of its days', () => {
  expect(freeLane(row(), off, 1)).toBe(0);
  expect(freeLane(row(bar('before', 0, '2026-03-02', '2026-03-08')), off, 1)).toBe(0);
  expect(freeLane(row(bar('into', 0, '2026-03-02', '2026-03-09')), off, 2)).toBe(1);
  const both = row(bar('a', 1, '2026-03-13', '2026-03-20'), bar('b', 0, '2026-03-02', null));
  expect(freeLane(both, off, 3)).toBe(2);
  // None is free among those that the row shows.
  expect(freeLane(both, off, 2)).toBeNull();
});
