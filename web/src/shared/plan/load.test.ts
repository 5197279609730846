import { expect, it } from 'vitest';
import { loadOf, shareOf } from './load';

const load = (booked: number, capacity: number, overbooked = false) => ({
  booked_minutes: booked,
  capacity_minutes: capacity,
  overbooked,
});

it('has a colour for each of its steps', () => {
  const steps = [0, 49, 50, 94, 95, 100].map((booked) => loadOf(load(booked, 100)));
  expect(steps).toEqual(['0', '1', '2', '2', '3', '3']);
  expect(loadOf(load(0, 0))).toBe('none');
  // What is too much the server says: a day of the week may be, and the week not.
  expect(loadOf(load(80, 100, true))).toBe('over');
});

it('stands as high as booked is of capacity, and no higher than the cell', () => {
  expect(shareOf(load(30, 120))).toBe('25%');
  expect(shareOf(load(240, 120))).toBe('100%');
  expect([shareOf(load(60, 0)), shareOf(undefined)]).toEqual(['0', '0']);
});
