import { describe, expect, it } from 'vitest';
import { en } from '@/shared/i18n/en';
import { formats } from '@/shared/lib/format';
import { cellLabel, figure, stripOf } from './figure';
import type { Cell } from './rows';

const f = formats('en', en);
const cell = (booked: number, more: Partial<Cell> = {}): Cell => ({
  capacity_minutes: 0,
  booked_minutes: booked,
  tentative_minutes: 0,
  displaced_minutes: 0,
  overbooked: false,
  ...more,
});
const both = { figures: 'both' } as const;

describe('the strip of a person', () => {
  it('says booked of capacity, and where nobody works', () => {
    expect(figure(cell(1200, { capacity_minutes: 2400 }), 'person', both, f)).toBe('20 / 40');
    expect(figure(cell(0), 'person', both, f)).toBe('–');
    expect(stripOf(cell(1200, { capacity_minutes: 2400 }), 'person')).toBe('2');
  });
});

describe('the strip of a placeholder', () => {
  const asked = (c: Cell, figures: 'both' | 'booked' | 'none' = 'both') =>
    figure(c, 'placeholder', { figures }, f);

  it('says what is asked for, with what is tentative after a plus, and nothing where that is none', () => {
    expect(asked(cell(1200))).toBe('20');
    expect(asked(cell(1200, { tentative_minutes: 480 }))).toBe('20 +8');
    expect(asked(cell(0, { tentative_minutes: 480 }))).toBe('+8');
    expect(asked(cell(0))).toBe('');
    expect(asked(cell(1200), 'none')).toBe('');
    expect(stripOf(cell(1200), 'placeholder')).toBe('demand');
  });

  it('is said with its figure as it stands there', () => {
    const label = (c: Cell) =>
      cellLabel(c, 'placeholder', { from: 20_000, to: 20_000 }, { t: en, f });
    expect(label(cell(1200, { tentative_minutes: 480 }))).toMatch(
      /: 20 \+8 h to staff, 8 h tentative$/,
    );
    expect(label(cell(0))).toMatch(/: 0 h to staff$/);
  });
});
