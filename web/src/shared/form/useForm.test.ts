import { expect, it } from 'vitest';
import { ApiError } from '../api/client';
import { en as t } from '../i18n/en';
import { formats } from '../lib/format';
import { fieldErrors, rebased } from './useForm';

it('keeps what was typed where its record has changed, and lets all else follow', () => {
  const before = { notes: '', end: '2026-03-20', days: ['mon'] };
  const typed = { ...before, notes: 'Keys!' };
  const now = { notes: 'Theirs', end: '2026-03-27', days: ['mon', 'tue'] };
  expect(rebased(typed, before, now)).toEqual({ ...now, notes: 'Keys!' });
});

it('says the server’s bounds in the unit that is typed', () => {
  const errors = [
    {
      pointer: '/minutes_per_day',
      code: 'out-of-range' as const,
      params: { least: 30, most: 1440 },
      detail: 'must be between 30 and 1440',
    },
  ];
  const error = new ApiError({ type: 'x/invalid', title: '', status: 422, errors });
  const words = { t, f: formats('en', t) };
  expect(fieldErrors(error, [{ name: 'minutes_per_day', unit: 60 }], words)).toEqual({
    minutes_per_day: 'This lies between 0.5 and 24.',
  });
});
