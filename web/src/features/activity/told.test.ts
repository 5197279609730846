import { describe, expect, it } from 'vitest';
import type { AuditItem } from '@/shared/api/schema.gen';
import { en } from '@/shared/i18n/en';
import { es } from '@/shared/i18n/es';
import { today } from '@/shared/lib/days';
import { byDay, mainOf, mayUndo, placeOf, sayAlike, sayItem, whoDid, type StepEntry } from './told';

const ME = '0036ebcb-0000-4000-8000-000000000001';
const ID = '3d2b86cd-0000-4000-8000-000000000008';
const PERSON = 'c4e39b55-0000-4000-8000-000000000003';
let seq = 1000;

const item = (part: Partial<AuditItem> = {}): AuditItem => ({
  id: `event-${seq}`,
  seq: seq--,
  recorded_at: '2026-11-30T12:00:00Z',
  occurred_at: '2026-11-30T12:00:00Z',
  actor: { user_id: ME, name: 'Dana', email: 'dana@example.com' },
  step: 'one',
  entity: 'assignment',
  entity_id: ID,
  action: 'changed',
  label: 'Ana – Apollo',
  changes: [],
  imported: false,
  ...part,
});
const change = (field: string, before: unknown, after: unknown) => ({ field, before, after });
const entry = (...items: [AuditItem, ...AuditItem[]]): StepEntry => ({
  key: items[0].id,
  step: items[0].step,
  items,
});

describe('days and steps', () => {
  it('puts the events of a step together, and steps on their days', () => {
    const late = new Date(2026, 10, 30, 0, 5).toISOString();
    const early = new Date(2026, 10, 29, 23, 55).toISOString();
    const items = [
      item({ step: 'b', occurred_at: late }),
      item({ step: 'a', occurred_at: late }),
      item({ step: 'a', occurred_at: late }),
      item({ step: 'a', occurred_at: early }),
    ];
    const days = byDay(items);
    expect(days.map((d) => d.day)).toEqual([today(new Date(late)), today(new Date(early))]);
    expect(days.map((d) => d.entries.map((e) => e.items.length))).toEqual([[1, 2], [1]]);
    expect(days[0]?.entries[1]?.key).toBe(items[1]?.id);
  });
  it('keeps apart what another step came between', () => {
    const days = byDay([item({ step: 'a' }), item({ step: 'b' }), item({ step: 'a' })]);
    expect(days[0]?.entries.map((e) => e.step)).toEqual(['a', 'b', 'a']);
  });
  it('tells of a step by what it began with', () => {
    const placement = item({ entity: 'placement', seq: 8 });
    const person = item({ entity: 'person', seq: 7 });
    expect(mainOf(entry(placement, person))).toBe(person);
  });
});

describe('sentences', () => {
  it('name the kind and what was done, in each language', () => {
    expect(sayItem(item({ action: 'created' }), en)).toBe('added the booking');
    expect(sayItem(item({ entity: 'compensation' }), en)).toBe('changed the pay of');
    expect(sayItem(item({ action: 'deleted', entity: 'client' }), es)).toBe('eliminó el cliente');
  });
  it('keep the words of an old system that has others', () => {
    expect(sayItem(item({ action: 'merged', entity: 'work_log' }), en)).toBe('merged: work log');
  });
  it('count what is alike', () => {
    expect(sayAlike(entry(item(), item()), en)).toBe('changed 2 bookings');
    expect(sayAlike(entry(item(), item({ action: 'deleted' })), en)).toBeNull();
    expect(sayAlike(entry(item(), item({ entity: 'project' })), en)).toBeNull();
    expect(sayAlike(entry(item()), en)).toBeNull();
  });
  it('name whoever did it', () => {
    const actor = { user_id: null, name: '', email: null };
    expect(whoDid(item(), en)).toBe('Dana');
    expect(whoDid(item({ actor: null }), en)).toBe('Raally');
    expect(whoDid(item({ actor: null, imported: true }), en)).toBe('Import');
    expect(whoDid(item({ actor: { ...actor, email: 'old@example.com' } }), en)).toBe(
      'old@example.com',
    );
    expect(whoDid(item({ actor: { ...actor, user_id: ME } }), en)).toBe('Deleted account');
  });
});

describe('places', () => {
  it('are the schedule for a booking, on its first day where that is told', () => {
    const changes = [change('start', '2026-12-01', '2026-12-08')];
    expect(placeOf(item({ changes }))).toEqual({ booking: ID, person: 'Ana', date: '2026-12-08' });
    expect(placeOf(item())).toEqual({ booking: ID, person: 'Ana', date: undefined });
    const was = [change('start', '2026-12-01', null)];
    expect(placeOf(item({ action: 'deleted', changes: was }))).toEqual({
      booking: ID,
      person: 'Ana',
      date: '2026-12-01',
    });
    expect(placeOf(item({ action: 'deleted' }))).toBeNull();
  });
  it('are the project for work that nobody has yet', () => {
    const changes = [change('placeholder_id', null, PERSON), change('project_id', null, ID)];
    expect(placeOf(item({ changes }))).toEqual({ page: '/w/$tenant/projects/$id', id: ID });
  });
  it('are the own page, while there is one, and the person’s for dated records', () => {
    const page = '/w/$tenant/people/$id';
    expect(placeOf(item({ entity: 'person' }))).toEqual({ page, id: ID });
    expect(placeOf(item({ entity: 'person', action: 'deleted' }))).toBeNull();
    expect(placeOf(item({ entity: 'person', entity_id: '7' }))).toBeNull();
    const changes = [change('person_id', PERSON, null)];
    expect(placeOf(item({ entity: 'time_off', action: 'deleted', changes }))).toEqual({
      page,
      id: PERSON,
    });
    expect(placeOf(item({ entity: 'team' }))).toBeNull();
  });
});

describe('undo', () => {
  it('is offered for one’s own steps, and to admins for everybody’s', () => {
    const others = item({ actor: { user_id: ID, name: 'Rui', email: null } });
    expect(mayUndo(entry(item()), ME, 'resource_manager')).toBe(true);
    expect(mayUndo(entry(others), ME, 'resource_manager')).toBe(false);
    expect(mayUndo(entry(others), ME, 'admin')).toBe(true);
    expect(mayUndo(entry(item()), ME, 'viewer')).toBe(false);
  });
  it('is not offered for what can never be taken back', () => {
    expect(mayUndo(entry(item(), item({ entity: 'member' })), ME, 'admin')).toBe(false);
    expect(mayUndo(entry(item({ imported: true })), ME, 'admin')).toBe(false);
    expect(mayUndo(entry(item({ actor: null })), ME, 'admin')).toBe(false);
  });
});
