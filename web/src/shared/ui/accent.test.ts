import { describe, expect, it } from 'vitest';
import { accentOn, isColour, type Grounds } from './accent';
import { contrast, parseHex } from './colour';

const light: Grounds = {
  surface: '#ffffff',
  others: ['#f6f7f9', '#f0f2f5'],
  text: '#14171c',
};
const dark: Grounds = {
  surface: '#15181d',
  others: ['#0e1014', '#1d2127', '#101317'],
  text: '#eceff4',
};
const WISHES = ['#ffff00', '#000000', '#ffffff', '#b3261e', '#3552c8', '#00ff88', '#777777'];
const between = (a: string, b: string) => contrast(parseHex(a), parseHex(b));

describe.each([
  ['light', light],
  ['dark', dark],
])('a workspace’s accent, %s', (_, grounds) => {
  it.each(WISHES)('%s is readable on every ground, on its tint, and under its ink', (wish) => {
    const { accent, tint, ink } = accentOn(wish, grounds);
    const all = [grounds.surface, ...grounds.others, tint, ink];
    expect(all.filter((ground) => between(accent, ground) < 4.5)).toEqual([]);
  });
});

it('a colour that reads well stays as it is', () => {
  expect(accentOn('#3552c8', light).accent).toBe('#3552c8');
  expect(accentOn('#93a9ff', dark).accent).toBe('#93a9ff');
});

it('a colour has six digits', () => {
  expect(['#3552c8', '#ABCDEF'].every(isColour)).toBe(true);
  expect(['cyan', '3552c8', '#fff', '#3552cg', '#3552c80'].some(isColour)).toBe(false);
});
