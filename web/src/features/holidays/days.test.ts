import { describe, expect, it } from 'vitest';
import type { Holiday } from '@/shared/api/schema.gen';
import { copies, daysOf, kindOf, put, without } from './days';

const day = (date: string, name: string, more: Partial<Holiday> = {}): Holiday => ({
  date,
  name,
  half: false,
  works_as: null,
  ...more,
});
const NEW_YEAR = day('2026-01-01', 'New Year');
const EVE = day('2026-12-24', 'Christmas Eve', { half: true });
const WORKED = day('2026-02-20', 'Bridge', { works_as: 'monday' });

describe('a day of a calendar', () => {
  it('is off, half off or worked', () => {
    expect([NEW_YEAR, EVE, WORKED].map(kindOf)).toEqual(['off', 'half', 'worked']);
    expect(kindOf({ date: '2026-01-01', name: 'As the API may send it' })).toBe('off');
  });
  it('is shown in its year, by date', () => {
    const old = day('2025-01-01', 'New Year');
    expect(daysOf([EVE, old, NEW_YEAR], 2026)).toEqual([NEW_YEAR, EVE]);
  });
  it('is taken out once, and only if it is there as it was', () => {
    const twin = { ...EVE };
    expect(without([EVE, NEW_YEAR, twin], EVE)).toEqual([NEW_YEAR, twin]);
    expect(without([EVE], { ...EVE, half: false })).toEqual([EVE]);
    expect(without([WORKED], { ...WORKED, works_as: 'tuesday' })).toEqual([WORKED]);
  });
  it('takes the place of the one that it was', () => {
    const moved = { ...EVE, date: '2026-12-23' };
    expect(put([EVE, NEW_YEAR], EVE, moved)).toEqual([NEW_YEAR, moved]);
    expect(put([NEW_YEAR], null, EVE)).toEqual([NEW_YEAR, EVE]);
  });
});

describe('the days to copy from the year before', () => {
  it('are its days off on the same dates, but not its worked days', () => {
    expect(copies([NEW_YEAR, EVE, WORKED], 2027)).toEqual([
      { day: { ...NEW_YEAR, date: '2027-01-01' }, moves: false },
      { day: { ...EVE, date: '2027-12-24' }, moves: false },
    ]);
  });
  it('are not those that the new year has already, on whatever date', () => {
    const typed = day('2027-01-04', ' new year');
    expect(copies([NEW_YEAR, typed], 2027)).toEqual([]);
  });
  it('say which are on another date each year', () => {
    const easter = [day('2025-04-21', 'Easter Monday'), day('2026-04-06', 'Easter Monday')];
    const fixed = [day('2025-12-25', 'Christmas'), day('2026-12-25', 'Christmas')];
    const found = copies([...easter, ...fixed], 2027);
    expect(found.map(({ day: { name }, moves }) => [name, moves])).toEqual([
      ['Easter Monday', true],
      ['Christmas', false],
    ]);
  });
  it('have a date in the new year', () => {
    expect(copies([day('2028-02-29', 'Leap day')], 2029)).toEqual([]);
  });
});
