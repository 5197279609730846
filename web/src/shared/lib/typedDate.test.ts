import { describe, expect, it } from 'vitest';
import { dateHint, daysAfter, readDate, writeDate } from './typedDate';

const YEAR = 2026;
const read = (typed: string, locale = 'en-GB') => readDate(typed, locale, YEAR);

describe('a typed date', () => {
  it('is in the order of the language', () => {
    expect(read('4/12/2034')).toBe('2034-12-04');
    expect(read('4/12/2034', 'en-US')).toBe('2034-04-12');
    expect(read('4.12.2034', 'es')).toBe('2034-12-04');
    expect(read(' 04-12-34 ', 'pt-BR')).toBe('2034-12-04');
  });
  it('begins with the year where that has four figures', () => {
    expect(read('2034-12-04', 'en-US')).toBe('2034-12-04');
    expect(read('2034/1/5')).toBe('2034-01-05');
  });
  it('is of this year where it says none', () => {
    expect(read('4/12')).toBe('2026-12-04');
    expect(read('4/12', 'en-US')).toBe('2026-04-12');
  });
  it('may have the month as a word', () => {
    expect(read('12 sep')).toBe('2026-09-12');
    expect(read('1 jun')).toBe('2026-06-01');
    expect(read('September 12, 2034', 'en-US')).toBe('2034-09-12');
    expect(read('12 de septiembre de 2034', 'es')).toBe('2034-09-12');
    expect(read('1 março 27', 'pt-BR')).toBe('2027-03-01');
    expect(read('1 marco', 'pt-BR')).toBe('2026-03-01');
  });
  it.each([
    '',
    'tomorrow',
    '31/2/2026',
    '4',
    '1/2/3/4',
    '12 ma',
    '12 juuu',
    '12 sep 1 2',
    '4/13/2026',
  ])('is none: %s', (typed) => expect(read(typed)).toBe(null));
});

it('reads what it writes, in every language', () => {
  for (const locale of ['en-GB', 'en-US', 'es', 'es-MX', 'pt-BR', 'de', 'ja', 'ar'])
    for (const iso of ['2026-01-31', '2034-12-04', '1999-02-28'])
      expect(read(writeDate(iso, locale), locale), `${iso} in ${locale}`).toBe(iso);
  expect(writeDate('soon', 'es')).toBe('soon');
});

it('says how a date is typed', () => {
  const letters = { day: 'dd', month: 'mm', year: 'aaaa' };
  expect(dateHint('es', letters)).toBe('dd/mm/aaaa');
  expect(dateHint('en-US', letters)).toBe('mm/dd/aaaa');
});

it('goes on by days', () => expect(daysAfter('2026-12-31', 1)).toBe('2027-01-01'));
