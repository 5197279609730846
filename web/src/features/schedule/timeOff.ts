/** The days on which somebody is off, as their row shows them. */
import type { TimeOffBar } from '@/shared/api/schema.gen';
import type { Words } from '@/shared/i18n/catalogue';
import { toDay } from '@/shared/lib/days';
import type { Slot } from './blocks';
import { endOf, type RowData } from './rows';
import type { Range } from './viewport';

export const KINDS = {
  vacation: 'vacation',
  sick: 'sick',
  parental: 'parental',
  other: 'otherOff',
} as const;

/** The first of a row's lanes in which no bar lies over these days; null where each has one. */
export function freeLane(
  row: Pick<RowData, 'assignments'>,
  off: TimeOffBar,
  lanes: number,
): number | null {
  const over = [...row.assignments.values()].filter(
    (bar) => toDay(bar.start) <= toDay(off.to) && endOf(bar) >= toDay(off.from),
  );
  for (let lane = 0; lane < lanes; lane++) if (!over.some((bar) => bar.lane === lane)) return lane;
  return null;
}

export interface Off extends Slot {
  /** A holiday and no time off, whose ground is another. */
  holiday: boolean;
  name: string;
}

/** Stretches in which a booking's hours lapse or are displaced: whole holidays and approved whole days off. */
export function offDays(row: RowData, range: Range, { t }: Words): Off[] {
  const days: Off[] = [];
  for (const h of row.holidays.values())
    if (!h.half) days.push({ from: toDay(h.date), to: toDay(h.date), holiday: true, name: h.name });
  for (const off of row.timeOff.values()) {
    const name = t.schedule[KINDS[off.kind]];
    if (off.status === 'approved' && off.portion === 'day')
      days.push({ from: toDay(off.from), to: toDay(off.to), holiday: false, name });
  }
  return days.filter((o) => o.from <= range.to && o.to >= range.from);
}

export const within = (days: Off[], from: number, to: number): Off[] =>
  days
    .map((o) => ({ ...o, from: Math.max(o.from, from), to: Math.min(o.to, to) }))
    .filter((o) => o.from <= o.to);
