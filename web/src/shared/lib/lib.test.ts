import { describe, expect, it } from 'vitest';
import {
  isIso,
  isoWeek,
  monday,
  monthStart,
  quarterStart,
  toDay,
  toIso,
  today,
  weekday,
} from './days';
import { en } from '../i18n/en';
import { es } from '../i18n/es';
import { parseEffort, writeEffort } from './effort';
import { formats } from './format';
import { before, quarterOf, todayIn, weekOf, weeksFrom } from './period';

describe('days', () => {
  it('counts from 1970 and knows weekdays', () => {
    expect(toDay('1970-01-01')).toBe(0);
    expect(weekday(toDay('1970-01-05'))).toBe(0);
    expect(weekday(toDay('1969-12-28'))).toBe(6);
    expect(toIso(monday(toDay('2022-09-18')))).toBe('2022-09-12');
  });
  it('reads only real dates', () => {
    expect(isIso('2024-02-29')).toBe(true);
    expect(isIso('2026-02-30')).toBe(false);
    expect(isIso('2026-2-3')).toBe(false);
  });
  it.each([
    ['2021-01-03', 53],
    ['2021-01-04', 1],
    ['2024-12-30', 1],
    ['2022-09-12', 37],
  ])('%s lies in ISO week %i', (date, week) => expect(isoWeek(toDay(date))).toBe(week));
  it('steps by months and quarters over the year', () => {
    expect(toIso(monthStart(toDay('2026-11-23'), 2))).toBe('2027-01-01');
    expect(toIso(quarterStart(toDay('2026-11-23')))).toBe('2026-10-01');
    expect(toIso(quarterStart(toDay('2026-11-23'), 1))).toBe('2027-01-01');
  });
  it('takes today from the local calendar, late in the evening as well', () => {
    expect(toIso(today(new Date(2026, 2, 29, 23, 59)))).toBe('2026-03-29');
  });
});

describe('effort', () => {
  it.each([
    ['20h/w', { per: 'week', minutes: 1200 }],
    ['20', { per: 'week', minutes: 1200 }],
    ['7,5 h / d', { per: 'day', minutes: 450 }],
    ['50%', { per: 'capacity', share: 5000 }],
    ['33.33 %', { per: 'capacity', share: 3333 }],
    ['3d total', { per: 'total', minutes: 1440 }],
    ['3d', { per: 'total', minutes: 1440 }],
    ['2d/w', { per: 'week', minutes: 960 }],
    ['20 h/s', { per: 'week', minutes: 1200 }],
    ['20h/semana', { per: 'week', minutes: 1200 }],
    ['30m/d', { per: 'day', minutes: 30 }],
    ['3h40/w', { per: 'week', minutes: 220 }],
    ['3:40/w', { per: 'week', minutes: 220 }],
    ['1h 30m/d', { per: 'day', minutes: 90 }],
    ['12 h en total', { per: 'total', minutes: 720 }],
    ['12 h no total', { per: 'total', minutes: 720 }],
  ])('reads %s', (text, effort) => expect(parseEffort(text)).toEqual(effort));

  it.each(['', 'x', '-4h/d', '0h/w', '200%', '25h/d', '4h/fortnight', '4 parsecs', '50% x'])(
    'refuses "%s"',
    (text) => expect(parseEffort(text)).toBeNull(),
  );

  const english = { t: en, f: formats('en', en) };
  it.each([
    '20h/w',
    '50%',
    '33.33%',
    '4h/d',
    '7.5h/d',
    '1200h total',
    '3h40/w',
    '5h01/w',
    '0h50/d',
  ])('writes %s as it reads it', (text) => {
    const effort = parseEffort(text);
    expect(effort && writeEffort(effort, english)).toBe(text);
  });
  it('is written as the reader does', () => {
    const spanish = { t: es, f: formats('es', es) };
    const written = writeEffort({ per: 'week', minutes: 450 }, spanish);
    expect(written).toBe('7,5h/s');
    expect(parseEffort(written)).toEqual({ per: 'week', minutes: 450 });
  });
  it('says on which days it counts', () => {
    const effort = { per: 'day' as const, minutes: 180 };
    expect(english.f.effort(effort, ['thu', 'tue'])).toBe('3 h/d · Tue, Thu');
    expect(english.f.effort(effort, null)).toBe('3 h/d');
  });
});

describe('periods', () => {
  const sunday = toDay('2022-09-18');
  it('start the week where the workspace does', () => {
    const iso = (p: { from: number; to: number }) => [toIso(p.from), toIso(p.to)];
    expect(iso(weekOf(sunday, 'monday'))).toEqual(['2022-09-12', '2022-09-18']);
    expect(iso(weekOf(sunday, 'sunday'))).toEqual(['2022-09-18', '2022-09-24']);
    expect(iso(weekOf(sunday, 'saturday'))).toEqual(['2022-09-17', '2022-09-23']);
    expect(iso(weeksFrom(sunday, 4, 'monday'))).toEqual(['2022-09-12', '2022-10-09']);
    expect(iso(quarterOf(sunday))).toEqual(['2022-07-01', '2022-09-30']);
    expect(iso(before(weekOf(sunday, 'monday')))).toEqual(['2022-09-05', '2022-09-11']);
  });
  it('know the day in a time zone', () => {
    const late = new Date('2022-09-18T23:30:00Z');
    expect([todayIn('America/Sao_Paulo', late), todayIn('Asia/Tokyo', late)]).toEqual([
      '2022-09-18',
      '2022-09-19',
    ]);
  });
});
