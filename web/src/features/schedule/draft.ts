/** A change under one's hand: where a booking would lie if it were let go now. */
import type {
  AssignmentBar,
  AssignmentPatch,
  AssignmentView,
  Command,
  NewAssignment,
} from '@/shared/api/schema.gen';
import { toDay, toIso } from '@/shared/lib/days';
import { weekOf, type WeekStart } from '@/shared/lib/period';
import { omit } from '@/shared/lib/omit';
import { ownerBody, wholeOwnerBody, type Owner } from './owner';

export interface Draft {
  kind: 'create' | 'move' | 'copy' | 'start' | 'end';
  /** Whose row it lies in now, and whose it came from. */
  owner: Owner;
  from: Owner;
  origin: AssignmentBar | null;
  start: number;
  /** Last day; null for an open end. */
  end: number | null;
}

export const samePlace = (a: Draft | null, b: Draft | null): boolean =>
  a !== null &&
  b !== null &&
  a.kind === b.kind &&
  a.owner.id === b.owner.id &&
  a.start === b.start &&
  a.end === b.end;

/** Whether it lies in another row than before. */
export const isHandedOver = (d: Draft): boolean => d.owner.id !== d.from.id;

/** Whether letting go would change anything. */
export function changes(d: Draft): boolean {
  if (d.origin === null || d.kind === 'copy') return true;
  const end = d.origin.end === null ? null : toDay(d.origin.end);
  return isHandedOver(d) || d.start !== toDay(d.origin.start) || d.end !== end;
}

const nearestWeek = (day: number, start: WeekStart) => weekOf(Math.round(day) + 3, start).from;

/** A booking shifted by a number of days, whole days or to the nearest week's start. */
export function shifted(
  origin: AssignmentBar,
  by: number,
  toDays: boolean,
  weekStart: WeekStart,
): { start: number; end: number | null } {
  const first = toDay(origin.start);
  const start = toDays
    ? first + Math.round(by)
    : Math.abs(by) < 3.5
      ? first
      : nearestWeek(first + by, weekStart);
  return { start, end: origin.end === null ? null : toDay(origin.end) + (start - first) };
}

/** A booking whose one end follows a position in days; it keeps at least a day. */
export function resized(
  origin: AssignmentBar,
  edge: 'start' | 'end',
  at: number,
  toDays: boolean,
  weekStart: WeekStart,
): { start: number; end: number | null } {
  const start = toDay(origin.start);
  const end = origin.end === null ? null : toDay(origin.end);
  if (edge === 'start') {
    const next = toDays ? Math.round(at) : nearestWeek(at, weekStart);
    return { start: end === null ? next : Math.min(next, end), end };
  }
  const next = (toDays ? Math.round(at) : nearestWeek(at, weekStart)) - 1;
  return { start, end: Math.max(next, start) };
}

/** The days between where a drag began and where it is. */
export function spanned(
  a: number,
  b: number,
  toDays: boolean,
  weekStart: WeekStart,
): { start: number; end: number } {
  const [low, high] = [Math.floor(Math.min(a, b)), Math.floor(Math.max(a, b))];
  if (toDays) return { start: low, end: high };
  return { start: weekOf(low, weekStart).from, end: weekOf(high, weekStart).to };
}

/** Default values of a new booking's bar, shown until the server's answer replaces them. */
export const NEW_BAR: Omit<AssignmentBar, 'id' | 'project_id' | 'start' | 'end' | 'effort'> = {
  version: 0,
  weekdays: null,
  include_non_working: false,
  status: 'confirmed',
  tentative: false,
  billable: true,
  role: null,
  location: null,
  lane: 0,
  notes: null,
};

const days = (d: Draft) => ({
  start: toIso(d.start),
  end: d.end === null ? null : toIso(d.end),
});

const create = (id: string, body: NewAssignment): Command => ({
  op: 'create',
  resource: 'assignments',
  id,
  body,
});
const update = (id: string, expect: number, body: AssignmentPatch): Command => ({
  op: 'update',
  resource: 'assignments',
  id,
  expect,
  body,
});

/** A booking as entered in the editor. */
export interface Entered {
  id: string;
  /** The version that the edit is based on; null for a new booking. */
  version: number | null;
  /** The name of the project to create with the booking, if it is a new one. */
  newProject: string | null;
  body: NewAssignment & Pick<AssignmentView, 'end' | 'status'>;
  /** What of the body the reader has changed; all that is sent of a booking that is already there. */
  changes: AssignmentPatch;
}

/** The commands that save an entered booking; none where nothing was changed. */
export function enteredCommands({ id, version, newProject, body, changes }: Entered): Command[] {
  if (version !== null && Object.keys(changes).length === 0) return [];
  const booking = version === null ? create(id, body) : update(id, version, changes);
  const name = newProject;
  const project: Command = {
    op: 'create',
    resource: 'projects',
    id: body.project_id,
    body: { name },
  };
  return name === null ? [booking] : [project, booking];
}

/** The command of a finished move or resize. */
export function moveCommand(d: Draft, origin: AssignmentBar): Command {
  const body = isHandedOver(d) ? { ...ownerBody(d.owner), ...days(d) } : days(d);
  return update(origin.id, origin.version, body);
}

/** All fields of the record but its identity. Not made from the bar, whose values are the effective ones (`billable`). */
const copyOf = (record: AssignmentView): NewAssignment => omit(record, 'id', 'version');

/** The command that copies a record to where the draft lies. */
export const copyCommand = (d: Draft, record: AssignmentView, id: string): Command =>
  create(id, { ...copyOf(record), ...wholeOwnerBody(d.owner), ...days(d) });

/** The commands that split a booking: the first part ends the day before `day`. `version` is the one that the user saw. */
export function splitCommands(
  record: AssignmentView,
  version: number,
  day: number,
  id: string,
): Command[] {
  return [
    update(record.id, version, { end: toIso(day - 1) }),
    create(id, { ...copyOf(record), start: toIso(day) }),
  ];
}
