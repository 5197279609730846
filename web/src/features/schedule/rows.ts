/** What a row holds: its bookings and figures by piece of time, as the server worked them out. */
import type * as T from '@/shared/api/schema.gen';
import { toDay, toIso } from '@/shared/lib/days';
import type { WeekStart } from '@/shared/lib/period';
import { slotsBetween, spansBetween, type Span } from './blocks';
import type { Owner } from './owner';

/** The figures of a bucket. What a placeholder asks for is booked without any capacity. */
export interface Cell {
  capacity_minutes: number;
  booked_minutes: number;
  tentative_minutes: number;
  displaced_minutes: number;
  overbooked: boolean;
}

export interface RowData extends Owner {
  /** A person's name, or the title that is wanted. */
  name: string;
  jobTitle: string | null;
  /** The team that a placeholder's demand belongs to. */
  teamId: string | null;
  version: number;
  assignments: ReadonlyMap<string, T.AssignmentBar>;
  timeOff: ReadonlyMap<string, T.TimeOffBar>;
  /** Days off by date: of several holidays on one date the larger, with the names of all. */
  holidays: ReadonlyMap<string, T.Holiday>;
  /** Days that work as another weekday does, by date. */
  workedDays: ReadonlyMap<string, T.Holiday>;
  /** Figures by bucket and first day: `week:20771`. */
  cells: ReadonlyMap<string, Cell>;
  spans: ReadonlySet<string>;
  stale: boolean;
}

export interface Period {
  from: number;
  to: number;
  bucket: T.Bucket;
}

const FAR_END = Infinity;

export const endOf = (a: { end: string | null }): number =>
  a.end === null ? FAR_END : toDay(a.end);
const overlaps = (from: string, to: string | null, p: Period) =>
  toDay(from) <= p.to && (to === null || toDay(to) >= p.from);
export const cellKey = (bucket: T.Bucket, from: number) => `${bucket}:${from}`;

export const asQuery = (p: Period) => ({ from: toIso(p.from), to: toIso(p.to), bucket: p.bucket });
export const periodOf = (span: Span): Period => ({
  from: span.from,
  to: span.to,
  bucket: span.key.split(':')[0] as T.Bucket,
});

/** Two holidays of one date count as the larger one. */
function together(before: T.Holiday | undefined, h: T.Holiday): T.Holiday {
  if (!before) return h;
  const name = before.name === h.name ? h.name : `${before.name} · ${h.name}`;
  return { ...h, name, half: Boolean(before.half && h.half) };
}

/** A bar tells what time off took from it where the period that was asked for holds all of it. */
function displacedAsAWhole(bar: T.AssignmentBar, p: Period): T.AssignmentBar {
  const whole = toDay(bar.start) >= p.from && endOf(bar) <= p.to;
  return whole || !bar.displaced_minutes ? bar : { ...bar, displaced_minutes: 0 };
}

type Figures = Pick<
  T.ScheduleRow,
  'capacity_minutes' | 'booked_minutes' | 'tentative_minutes' | 'displaced_minutes' | 'overbooked'
>;

/** A row's cells by bucket and first day. */
export function cellsOf(row: Figures, period: Period, weekStart: WeekStart): Map<string, Cell> {
  const slots = slotsBetween(period.bucket, period.from, period.to, weekStart);
  const cells = slots.slice(0, row.booked_minutes.length).map((slot, i): [string, Cell] => [
    cellKey(period.bucket, slot.from),
    {
      capacity_minutes: row.capacity_minutes[i] ?? 0,
      booked_minutes: row.booked_minutes[i] ?? 0,
      tentative_minutes: row.tentative_minutes[i] ?? 0,
      displaced_minutes: row.displaced_minutes[i] ?? 0,
      overbooked: row.overbooked[i] ?? false,
    },
  ]);
  return new Map(cells);
}

const NO_CAPACITY = { capacity_minutes: [], displaced_minutes: [], overbooked: [] };
const NEVER_OFF = { timeOff: new Map(), holidays: new Map(), workedDays: new Map() };

/** What is the same for whoever's row: bookings and figures of a period in place of those that were known of it. */
function booked(
  before: RowData | undefined,
  bars: T.AssignmentBar[],
  figures: Figures,
  period: Period,
  weekStart: WeekStart,
) {
  const assignments = new Map(
    [...(before?.assignments ?? [])].filter(([, a]) => !overlaps(a.start, a.end, period)),
  );
  for (const a of bars) assignments.set(a.id, displacedAsAWhole(a, period));
  const spans = spansBetween(period.bucket, period.from, period.to, weekStart);
  return {
    assignments,
    cells: new Map([...(before?.cells ?? []), ...cellsOf(figures, period, weekStart)]),
    spans: new Set([...(before?.spans ?? []), ...spans.map((s) => s.key)]),
    stale: false,
  };
}

/** A person's row after an answer about a period, which is the truth about it. */
export function personRow(
  before: RowData | undefined,
  row: T.ScheduleRow,
  period: Period,
  weekStart: WeekStart,
): RowData {
  const timeOff = new Map(
    [...(before?.timeOff ?? [])].filter(([, t]) => !overlaps(t.from, t.to, period)),
  );
  for (const t of row.time_off) timeOff.set(t.id, t);
  const outside = (days?: ReadonlyMap<string, T.Holiday>) =>
    new Map([...(days ?? [])].filter(([date]) => !overlaps(date, date, period)));
  const holidays = outside(before?.holidays);
  const workedDays = outside(before?.workedDays);
  for (const h of row.holidays) {
    if (h.works_as) workedDays.set(h.date, h);
    else holidays.set(h.date, together(holidays.get(h.date), h));
  }
  return {
    kind: 'person',
    id: row.person_id,
    name: row.full_name,
    jobTitle: row.job_title,
    teamId: row.team_id,
    version: row.version,
    timeOff,
    holidays,
    workedDays,
    ...booked(before, row.assignments, row, period, weekStart),
  };
}

/** A placeholder's row after an answer about a period. */
export function placeholderRow(
  before: RowData | undefined,
  row: T.PlaceholderRow,
  period: Period,
  weekStart: WeekStart,
): RowData {
  const { demand_minutes, tentative_minutes } = row;
  const figures = { ...NO_CAPACITY, booked_minutes: demand_minutes, tentative_minutes };
  return {
    kind: 'placeholder',
    id: row.placeholder_id,
    name: row.title,
    jobTitle: null,
    teamId: row.team_id,
    version: row.version,
    ...NEVER_OFF,
    ...booked(before, row.assignments, figures, period, weekStart),
  };
}
