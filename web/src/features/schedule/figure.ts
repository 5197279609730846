/** What the strip under a row's bars says of a bucket. */
import type { Words } from '@/shared/i18n/catalogue';
import type { Formats } from '@/shared/lib/format';
import { loadOf } from '@/shared/plan/load';
import type { Slot } from './blocks';
import type { Owner } from './owner';
import type { Cell } from './rows';
import type { Range } from './viewport';

type Kind = Owner['kind'];

/** How a cell of the strip is drawn: as what is asked for, or as the load of somebody's days. */
export const stripOf = (c: Cell, kind: Kind) => (kind === 'placeholder' ? 'demand' : loadOf(c));

/** What is asked for, and after a plus what is asked for tentatively; nothing where it is none. */
export function demand(c: Cell, f: Formats): string {
  const [sure, maybe] = [c.booked_minutes, c.tentative_minutes];
  const parts = [sure > 0 && f.h(sure), maybe > 0 && `+${f.h(maybe)}`];
  return parts.filter(Boolean).join(' ');
}

export function figure(c: Cell, kind: Kind, range: Pick<Range, 'figures'>, f: Formats): string {
  if (range.figures === 'none') return c.overbooked ? '▲' : '';
  if (kind === 'placeholder') return demand(c, f);
  if (c.capacity_minutes === 0 && c.booked_minutes === 0) return '–';
  const booked = f.h(c.booked_minutes);
  if (range.figures === 'booked') return booked;
  return `${booked} / ${f.h(c.capacity_minutes)}${c.overbooked ? ' ▲' : ''}`;
}

export const slotName = (slot: Slot, f: Formats): string =>
  slot.from === slot.to ? f.weekdayDate(slot.from) : f.range(slot.from, slot.to);

export function cellLabel(c: Cell | undefined, kind: Kind, slot: Slot, { t, f }: Words): string {
  const period = slotName(slot, f);
  if (!c) return `${period}: ${t.app.loading}`;
  if (kind === 'placeholder') {
    const tentative =
      c.tentative_minutes > 0 && t.staff.tentative({ hours: f.hours(c.tentative_minutes) });
    const hours = t.unit.hours({ n: demand(c, f) || f.h(0) });
    return [t.staff.cell({ period, hours }), tentative].filter(Boolean).join(', ');
  }
  const text = t.schedule.cell({
    period,
    booked: f.h(c.booked_minutes),
    capacity: f.hours(c.capacity_minutes),
  });
  const displaced =
    c.displaced_minutes > 0 && t.schedule.displaced({ hours: f.hours(c.displaced_minutes) });
  return [text, displaced, c.overbooked && t.schedule.cellOver].filter(Boolean).join(', ');
}

export const differs = (a: Cell | undefined, b: Cell | undefined) =>
  a !== undefined &&
  b !== undefined &&
  (a.booked_minutes !== b.booked_minutes ||
    a.capacity_minutes !== b.capacity_minutes ||
    a.tentative_minutes !== b.tentative_minutes ||
    a.displaced_minutes !== b.displaced_minutes);
