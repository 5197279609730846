import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '../api/client';
import { en as t } from '../i18n/en';
import { formats } from '../lib/format';
import type { AnyField } from './field';
import { choice, date, decimal, email, hours, optionalChoice, optionsOf, password } from './fields';
import { tags, text } from './fields';
import { isNew, newName, reference } from './reference';
import { fieldErrors } from './useForm';

/** What is sent for what is typed. */
const sent = (field: AnyField, ...typed: unknown[]) => typed.map((input) => field.write(input));
/** What is said of what is typed, with the other fields as they are. */
const said = (field: AnyField, typed: unknown, all = {}) => field.check?.(typed, t, all);

describe('a field', () => {
  it('sends nothing as null, unless it must be filled in', () => {
    expect(sent(text('a', 'A'), ' Ana ', '  ')).toEqual(['Ana', null]);
    expect(said(text('a', 'A'), ' ')).toBeUndefined();
    expect(sent(text('a', 'A', { required: true }), ' Ana ')).toEqual(['Ana']);
    expect(said(text('a', 'A', { required: true }), ' ')).toBe(t.error.required);
  });

  it('of an e-mail address has one pattern', () => {
    expect(['ana@example.com', ''].map((typed) => said(email('a', 'A'), typed))).toEqual([
      undefined,
      undefined,
    ]);
    for (const typed of ['ana', 'ana@example', 'a b@example.com'])
      expect(said(email('a', 'A'), typed)).toBe(t.error.email);
    expect(said(email('a', 'A', { required: true }), '')).toBe(t.error.required);
  });

  it('of a password is sent as it was typed, and is long enough where it is new', () => {
    expect(sent(password('a', 'A', {}), ' x ')).toEqual([' x ']);
    expect(said(password('a', 'A', {}), '')).toBe(t.error.required);
    expect(said(password('a', 'A', { least: 10 }), '123456789')).toBe(t.error.password);
    expect(said(password('a', 'A', { least: 10 }), '1234567890')).toBeUndefined();
  });

  it('of a date knows the days there are, and their order', () => {
    const to = date('to', 'To', { notBefore: 'from' });
    expect(said(to, '2026-02-30')).toBe(t.error.date);
    expect(said(to, '')).toBeUndefined();
    expect(said(date('to', 'To', { required: true }), '')).toBe(t.error.date);
    expect(said(to, '2026-03-01', { from: '2026-03-02' })).toBe(t.error.order);
    expect(said(to, '2026-03-02', { from: '2026-03-02' })).toBeUndefined();
    expect(said(to, '2026-03-01', { from: '' })).toBeUndefined();
    expect(sent(to, '2026-03-01', '')).toEqual(['2026-03-01', null]);
  });

  it('of hours is sent in minutes and read back', () => {
    expect(sent(hours('a', 'A'), '7,5', '')).toEqual([450, null]);
    expect(hours('a', 'A').read(450)).toBe('7.5');
    expect(said(hours('a', 'A'), 'a lot')).toBe(t.error.number);
    expect(sent(decimal('a', 'A'), '12.5', '')).toEqual([12.5, null]);
  });

  it('of tags holds each once', () => {
    expect(sent(tags('a', 'A'), 'web, , senior,web')).toEqual([['web', 'senior']]);
    expect(tags('a', 'A').read(['web', 'senior'])).toBe('web, senior');
  });

  it('of a choice begins with the record’s, the usual or the first', () => {
    const options = optionsOf({ low: 'Low', high: 'High' });
    expect(choice('a', 'A', options).read(null)).toBe('low');
    expect(choice('a', 'A', options, { usual: 'high' }).read(null)).toBe('high');
    expect(choice('a', 'A', options, { usual: 'high' }).read('low')).toBe('low');
    expect(sent(optionalChoice('a', 'A', 'None', options), '', 'low')).toEqual([null, 'low']);
  });

  it('of a reference makes what is new once its name is there', async () => {
    const make = vi.fn((name: string) => Promise.resolve({ id: `id of ${name}` }));
    const team = reference('team_id', 'Team', [], {
      create: { option: 'New', label: 'Name', make },
    });
    expect(said(team, 'new: ')).toBe(t.error.required);
    expect(said(team, 'new:Ops')).toBeUndefined();
    expect(await team.prepare?.('new: Ops ')).toBe('id of Ops');
    expect(await team.prepare?.('t1')).toBe('t1');
    expect(make).toHaveBeenCalledOnce();
    expect(sent(team, 't1', '')).toEqual(['t1', null]);
    expect(said(reference('a', 'A', [], { required: true }), '')).toBe(t.error.required);
  });

  it('of a reference leaves a new name to an API that creates by name', async () => {
    const create = { option: 'New', label: 'Name' };
    const client = reference('client_id', 'Client', [], { create });
    expect(said(client, 'new: ')).toBe(t.error.required);
    const input = await client.prepare?.('new: Harbour ');
    expect(input).toBe('new: Harbour ');
    expect(isNew(input ?? '') && newName(input ?? '')).toBe('Harbour');
  });
});

const words = { t, f: formats('en', t) };
describe('the server’s field errors', () => {
  it('are shown at the field that any part of their pointer names', () => {
    const detail = 'not so';
    const errors = ['/full_name', '/employment/from', '/commands/0/body/team_id', '/other'].map(
      (pointer) => ({ pointer, detail }),
    );
    const problem = { type: 'x/invalid', title: '', status: 422, errors };
    const fields = ['full_name', 'from', 'team_id'].map((name) => ({ name }));
    expect(fieldErrors(new ApiError(problem), fields, words)).toEqual({
      full_name: detail,
      from: detail,
      team_id: detail,
    });
    expect(fieldErrors(new Error('offline'), fields, words)).toEqual({});
  });
});
