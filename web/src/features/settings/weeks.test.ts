import { describe, expect, it } from 'vitest';
import type { DatedWeekBody } from '@/shared/api/schema.gen';
import { put, without } from './weeks';

const FORTY = [480, 480, 480, 480, 480, 0, 0];
const old: DatedWeekBody = { effective_date: '1970-01-01', cycle: [FORTY], anchor: '1970-01-05' };
const later: DatedWeekBody = { effective_date: '2031-07-01', cycle: [FORTY], anchor: '1970-01-12' };

describe('the default weeks', () => {
  it('get one more, by the week or by the day', () => {
    const typed = { effective_date: '2032-01-01', weekly_minutes: 2280, cycle: [FORTY] };
    expect(put([old], null, { ...typed, kind: 'weekly' })).toEqual([
      old,
      { effective_date: '2032-01-01', weekly_minutes: 2280 },
    ]);
    expect(put([old], null, { ...typed, kind: 'days' }).at(-1)).toEqual({
      effective_date: '2032-01-01',
      cycle: [FORTY],
    });
  });
  it('have a changed one in its own place, on whatever date, and its cycle goes on', () => {
    const typed = { effective_date: '2031-08-01', weekly_minutes: null, cycle: [FORTY] };
    expect(put([old, later], later, { ...typed, kind: 'days' })).toEqual([
      old,
      { effective_date: '2031-08-01', cycle: [FORTY], anchor: '1970-01-12' },
    ]);
  });
  it('lose one by its date', () => {
    expect(without([old, later], '2031-07-01')).toEqual([old]);
  });
});
