/** A change under one's hand: where a booking would lie if it were let go now. */
import type { Command, EffortBody, AssignmentBar } from '@/shared/api/schema.gen';
import { monday, toDay, toIso } from '@/shared/lib/days';

export interface Draft {
  kind: 'create' | 'move' | 'copy' | 'start' | 'end';
  /** Whose row it lies in now, and whose it came from. */
  personId: string;
  fromPersonId: string;
  origin: AssignmentBar | null;
  start: number;
  /** Last day; null for an open end. */
  end: number | null;
}

export const samePlace = (a: Draft | null, b: Draft | null): boolean =>
  a !== null &&
  b !== null &&
  a.kind === b.kind &&
  a.personId === b.personId &&
  a.start === b.start &&
  a.end === b.end;

/** Whether letting go would change anything. */
export function changes(d: Draft): boolean {
  if (d.origin === null || d.kind === 'copy') return true;
  const end = d.origin.end === null ? null : toDay(d.origin.end);
  return d.personId !== d.fromPersonId || d.start !== toDay(d.origin.start) || d.end !== end;
}

const nearestMonday = (day: number) => monday(Math.round(day) + 3);

/** A booking shifted by a number of days, whole days or to the nearest week's start. */
export function shifted(
  origin: AssignmentBar,
  by: number,
  toDays: boolean,
): { start: number; end: number | null } {
  const first = toDay(origin.start);
  const start = toDays
    ? first + Math.round(by)
    : Math.abs(by) < 3.5
      ? first
      : nearestMonday(first + by);
  return { start, end: origin.end === null ? null : toDay(origin.end) + (start - first) };
}

/** A booking whose one end follows a position in days; it keeps at least a day. */
export function resized(
  origin: AssignmentBar,
  edge: 'start' | 'end',
  at: number,
  toDays: boolean,
): { start: number; end: number | null } {
  const start = toDay(origin.start);
  const end = origin.end === null ? null : toDay(origin.end);
  if (edge === 'start') {
    const next = toDays ? Math.round(at) : nearestMonday(at);
    return { start: end === null ? next : Math.min(next, end), end };
  }
  const next = (toDays ? Math.round(at) : nearestMonday(at)) - 1;
  return { start, end: Math.max(next, start) };
}

/** The days between where a drag began and where it is. */
export function spanned(a: number, b: number, toDays: boolean): { start: number; end: number } {
  const [low, high] = [Math.floor(Math.min(a, b)), Math.floor(Math.max(a, b))];
  return toDays ? { start: low, end: high } : { start: monday(low), end: monday(high) + 6 };
}

export interface NewBooking {
  id: string;
  person_id: string;
  project_id: string;
  start: string;
  end: string | null;
  effort: EffortBody;
  status: 'confirmed' | 'tentative';
  notes?: string | null;
}

export const createCommand = ({ id, ...body }: NewBooking): Command => ({
  op: 'create',
  resource: 'assignments',
  id,
  body,
});

/** What a finished drag of an existing booking asks of the server. `id` is the copy's own. */
export function draftCommand(d: Draft, id: string): Command | null {
  const a = d.origin;
  if (!a) return null;
  const [start, end] = [toIso(d.start), d.end === null ? null : toIso(d.end)];
  if (d.kind === 'copy')
    return {
      op: 'create',
      resource: 'assignments',
      id,
      body: { ...contents(a), person_id: d.personId, start, end },
    };
  const body =
    d.personId === d.fromPersonId ? { start, end } : { person_id: d.personId, start, end };
  return { op: 'update', resource: 'assignments', id: a.id, expect: a.version, body };
}

/** Everything of a booking but where and when. */
export const contents = (a: AssignmentBar) => ({
  project_id: a.project_id,
  effort: a.effort,
  weekdays: a.weekdays,
  include_non_working: a.include_non_working,
  status: a.status,
  role: a.role,
  notes: a.notes,
});

/** Two bookings in place of one: the first ends the day before `day`. */
export function splitCommands(
  a: AssignmentBar,
  personId: string,
  day: number,
  id: string,
): Command[] {
  return [
    {
      op: 'update',
      resource: 'assignments',
      id: a.id,
      expect: a.version,
      body: { end: toIso(day - 1) },
    },
    {
      op: 'create',
      resource: 'assignments',
      id,
      body: { ...contents(a), person_id: personId, start: toIso(day), end: a.end },
    },
  ];
}
