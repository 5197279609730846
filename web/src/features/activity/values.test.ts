import { describe, expect, it } from 'vitest';
import type { AuditItem } from '@/shared/api/schema.gen';
import { en } from '@/shared/i18n/en';
import { es } from '@/shared/i18n/es';
import { formats } from '@/shared/lib/format';
import { linesOf, sayValue } from './values';

const words = { t: en, f: formats('en-GB', en) };
const spanish = { t: es, f: formats('es', es) };
const ID = 'c4e39b55-0000-4000-8000-000000000003';
const say = (entity: string, field: string, value: unknown, w = words) =>
  sayValue(entity, field, value, w);

const about = (part: Partial<AuditItem>): AuditItem => ({
  id: 'event',
  seq: 1,
  recorded_at: '2026-11-30T12:00:00Z',
  occurred_at: '2026-11-30T12:00:00Z',
  actor: null,
  step: 'step',
  entity: 'assignment',
  entity_id: ID,
  action: 'changed',
  label: 'Ana – Apollo',
  changes: [],
  imported: false,
  ...part,
});
const change = (field: string, before: unknown, after: unknown) => ({ field, before, after });

describe('values', () => {
  it('are dates, hours, efforts and money as the reader writes them', () => {
    expect(say('assignment', 'start', '2026-12-01')).toEqual(['1 Dec 2026']);
    expect(say('assignment', 'start', '2026-12-01', spanish)).toEqual(['1 dic 2026']);
    expect(say('placement', 'effective_date', '1970-01-01')).toEqual(['From the start']);
    expect(say('availability', 'weekly_minutes', 1950)).toEqual(['32.5 h']);
    expect(say('time_off', 'minutes_per_day', 90, spanish)).toEqual(['1,5 h']);
    expect(say('assignment', 'effort', { per: 'week', minutes: 1200 })).toEqual(['20 h/w']);
    expect(say('assignment', 'effort', { per: 'capacity', share: 5000 })).toEqual(['50 %']);
    expect(say('compensation', 'amount', { amount: 520050, currency: 'EUR' })).toEqual([
      '€5,200.50',
    ]);
    expect(
      say('project', 'budget', { minutes: 6000, money: { amount: 100, currency: 'EUR' } }),
    ).toEqual(['100 h · €1.00']);
  });
  it('are words where the API has a fixed value, by the kind that has it', () => {
    expect(say('assignment', 'billable', true)).toEqual(['yes']);
    expect(say('assignment', 'billable', false, spanish)).toEqual(['no']);
    expect(say('assignment', 'status', 'confirmed')).toEqual(['Confirmed']);
    expect(say('time_off', 'status', 'approved')).toEqual(['Approved']);
    expect(say('project', 'colour', 2)).toEqual(['Mustard']);
    expect(say('assignment', 'weekdays', ['tue', 'thu'])).toEqual(['Tue, Thu']);
    expect(say('member', 'role', 'resource_manager')).toEqual(['Resource manager']);
    // A booking's role is a text of the reader's own.
    expect(say('assignment', 'role', 'admin')).toEqual(['admin']);
  });
  it('are names to be asked for instead of ids', () => {
    expect(say('assignment', 'person_id', ID)).toEqual([{ of: 'person', id: ID }]);
    expect(say('person', 'skills', [{ skill_id: ID, level: 4 }])).toEqual([
      { of: 'skill', id: ID },
      ' (level 4 of 5)',
    ]);
  });
  it('tell no employment from employment without an end', () => {
    expect(say('person', 'employment', null)).toEqual(['always']);
    expect(say('person', 'employment', [])).toEqual(['never']);
    expect(say('person', 'employment', [{ from: '2026-01-05', to: null }])).toEqual([
      'since 5 Jan 2026',
    ]);
  });
  it('are weeks and holidays one can read', () => {
    const cycle = [[480, 480, 0, 0, 240, 0, 0]];
    expect(say('availability', 'cycle', cycle)).toEqual(['Mon\u00a08 · Tue\u00a08 · Fri\u00a04']);
    expect(
      say('holiday_calendar', 'holidays', [
        { date: '2026-12-24', name: 'Eve', half: true },
        { date: '2026-12-12', name: 'Make-up', works_as: 'monday' },
      ]),
    ).toEqual(['Eve 24 Dec 2026 (half a day)', ', ', 'Make-up 12 Dec 2026 (worked as Mon)']);
  });
  it('are short: long texts and lists end early', () => {
    expect(String(say('client', 'notes', 'x'.repeat(500))[0]).length).toBe(241);
    const tags = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    expect(say('person', 'tags', tags).join('')).toBe('a, b, c, d, e, f, 2 more');
  });
  it('are readable where nothing is known of them', () => {
    expect(say('work_log', 'monetary', { kind_of: 'fixed', sum: 3 })).toEqual([
      'Kind of: fixed, Sum: 3',
    ]);
    expect(say('work_log', 'at', null)).toEqual(['–']);
    expect(say('assignment', 'end', null)).toEqual(['No end']);
  });
});

describe('lines', () => {
  it('begin with what a reader looks for', () => {
    const changes = [
      change('billable', null, true),
      change('effort', { per: 'week', minutes: 1200 }, { per: 'week', minutes: 600 }),
      change('person_id', ID, null),
      change('start', '2026-12-01', '2026-12-08'),
    ];
    const lines = linesOf(about({ changes }), words);
    expect(lines.map((l) => l.label)).toEqual(['Person', 'From', 'Effort', 'Billable']);
    expect(lines[2]).toMatchObject({ before: ['20 h/w'], after: ['10 h/w'], list: false });
  });
  it('leave out what goes without saying of something new, and nothing of a change', () => {
    const fields = (part: Partial<AuditItem>) =>
      linesOf(about(part), words).map((line) => line.field);
    const created = [
      change('archived', null, false),
      change('name', null, 'Apollo'),
      change('person_id', null, ID),
      change('weekly_minutes', null, 0),
    ];
    expect(fields({ action: 'created', changes: created })).toEqual(['weekly_minutes']);
    const changed = [change('person_id', ID, ID), change('archived', true, false)];
    expect(fields({ changes: changed })).toEqual(['person_id', 'archived']);
  });
  it('say of a list what came and what went', () => {
    const changes = [change('tags', ['a', 'b'], ['b', 'c'])];
    expect(linesOf(about({ entity: 'person', changes }), words)).toEqual([
      { field: 'tags', label: 'Tags', list: true, before: ['a'], after: ['c'] },
    ]);
  });
});
