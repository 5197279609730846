import { memo, type CSSProperties, type ReactNode } from 'react';
import type { ProjectLabel, TimeOffBar } from '@/shared/api/schema.gen';
import type { Words } from '@/shared/i18n/catalogue';
import type { Formats } from '@/shared/lib/format';
import { toDay } from '@/shared/lib/days';
import { loadOf, shareOf } from '@/shared/plan/load';
import { Avatar } from '@/shared/ui/primitives';
import { Bar, place } from './Bar';
import type { Slot } from './blocks';
import { cellKey, endOf, type Cell, type Person } from './data';
import css from './grid.module.css';
import { freeLane, KINDS, offDays, within } from './timeOff';
import type { Range } from './viewport';

interface RowProps {
  id: string;
  row: number;
  top: number;
  height: number;
  origin: number;
  person: Person | undefined;
  utilization: number | null | undefined;
  range: Range;
  slots: Slot[];
  projects: Record<string, ProjectLabel>;
  words: Words;
  selected: string | null;
  dimmed: string | null;
  flashes: ReadonlyMap<string, string> | null;
  preview: ReadonlyMap<string, Cell> | null;
  /** How many lanes the row has. */
  lanes: number;
  /** How many of them are shown at most. */
  most: number;
  /** Shows all lanes, or only the usual ones again. */
  toggle: (personId: string) => void;
  /** Where people's pages are. */
  pages: string;
  openPerson: (personId: string) => void;
}

export const cellId = (row: number, day: number) => `cell-${row}-${day}`;

function figure(c: Cell, range: Range, f: Formats): string {
  if (range.figures === 'none') return c.overbooked ? '▲' : '';
  if (c.capacity_minutes === 0 && c.booked_minutes === 0) return '–';
  const booked = f.h(c.booked_minutes);
  if (range.figures === 'booked') return booked;
  return `${booked} / ${f.h(c.capacity_minutes)}${c.overbooked ? ' ▲' : ''}`;
}

export const slotName = (slot: Slot, f: Formats): string =>
  slot.from === slot.to ? f.weekdayDate(slot.from) : f.range(slot.from, slot.to);

function cellLabel(c: Cell | undefined, slot: Slot, { t, f }: Words): string {
  if (!c) return `${slotName(slot, f)}: ${t.app.loading}`;
  const text = t.schedule.cell({
    period: slotName(slot, f),
    booked: f.h(c.booked_minutes),
    capacity: f.hours(c.capacity_minutes),
  });
  const displaced =
    c.displaced_minutes > 0 && t.schedule.displaced({ hours: f.hours(c.displaced_minutes) });
  return [text, displaced, c.overbooked && t.schedule.cellOver].filter(Boolean).join(', ');
}

const differs = (a: Cell | undefined, b: Cell | undefined) =>
  a !== undefined &&
  b !== undefined &&
  (a.booked_minutes !== b.booked_minutes ||
    a.capacity_minutes !== b.capacity_minutes ||
    a.tentative_minutes !== b.tentative_minutes ||
    a.displaced_minutes !== b.displaced_minutes);

/** Its name stands where no bar hides it; a bar over all of it has the name in its own tooltip. */
function TimeOff({
  off,
  lane,
  words,
  origin,
}: {
  off: TimeOffBar;
  lane: number | null;
  words: Words;
  origin: number;
}) {
  const from = toDay(off.from);
  const name = words.t.schedule[KINDS[off.kind]];
  return (
    <div
      className={css.timeOff}
      data-requested={off.status === 'requested' || undefined}
      style={{ ...place(from - origin, toDay(off.to) - from + 1), '--lane': lane } as CSSProperties}
      aria-hidden="true"
    >
      {lane !== null && (
        <span>{off.status === 'requested' ? `${name} (${words.t.schedule.requested})` : name}</span>
      )}
    </div>
  );
}

function cells(props: RowProps, bars: Map<number, ReactNode[]>): ReactNode[] {
  const { person, slots, range, words, preview, row, origin } = props;
  return slots.map((slot, i) => {
    const known = person?.cells.get(cellKey(range.bucket, slot.from));
    const next = preview?.get(cellKey(range.bucket, slot.from));
    const cell = next ?? known;
    return (
      <div
        key={slot.from}
        role="gridcell"
        aria-colindex={i + 2}
        id={cellId(row, slot.from)}
        className={css.cell}
        aria-label={cellLabel(cell, slot, words)}
        title={cell && cell.displaced_minutes > 0 ? cellLabel(cell, slot, words) : undefined}
        style={place(slot.from - origin, slot.to - slot.from + 1)}
      >
        <span
          className={css.strip}
          data-load={cell ? loadOf(cell) : 'unknown'}
          data-stale={(person?.stale && !next) || undefined}
          data-changed={differs(known, next) || undefined}
          style={{ '--share': shareOf(cell) } as CSSProperties}
        >
          {cell ? figure(cell, range, words.f) : ''}
        </span>
        {bars.get(slot.from)}
      </div>
    );
  });
}

/** Each bar lives in the cell where its visible part begins. */
function barsByCell({
  person,
  slots,
  range,
  projects,
  words,
  selected,
  dimmed,
  flashes,
  most,
}: RowProps): { bars: Map<number, ReactNode[]>; hidden: number } {
  const bars = new Map<number, ReactNode[]>();
  let hidden = 0;
  if (!person) return { bars, hidden };
  const off = offDays(person, range, words);
  for (const bar of person.assignments.values()) {
    const [start, end] = [toDay(bar.start), endOf(bar)];
    if (start > range.to || end < range.from) continue;
    if (bar.lane >= most) {
      hidden += 1;
      continue;
    }
    const from = Math.max(start, range.from);
    const slot = slots.find((s) => s.from <= from && from <= s.to) ?? slots[0];
    if (!slot) continue;
    const list = bars.get(slot.from) ?? [];
    list.push(
      <Bar
        key={bar.id}
        bar={bar}
        at={slot.from}
        range={range}
        project={projects[bar.project_id]}
        words={words}
        off={within(off, from, Math.min(end, range.to))}
        selected={selected === bar.id}
        dimmed={dimmed === bar.id}
        flash={flashes?.get(bar.id)}
      />,
    );
    bars.set(slot.from, list);
  }
  return { bars, hidden };
}

export const Row = memo(function Row(props: RowProps) {
  const { id, row, top, height, person, utilization, range, words, origin, most, toggle } = props;
  const { lanes, pages, openPerson } = props;
  const { t, f } = words;
  const { bars, hidden } = barsByCell(props);
  const opened = most === Infinity;
  const shownOff = [...(person?.timeOff.values() ?? [])].filter(
    (off) => toDay(off.from) <= range.to && toDay(off.to) >= range.from,
  );
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={css.row}
      data-person={id}
      style={{ '--top': top, '--h': height } as CSSProperties}
    >
      <div role="rowheader" aria-colindex={1} className={css.pane}>
        {person && <Avatar name={person.name} />}
        <span className={css.who}>
          <a
            tabIndex={-1}
            className={css.whoName}
            href={pages + id}
            onClick={(e) => {
              // Beside a new tab or window, which is the browser's own.
              if (e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
              e.preventDefault();
              openPerson(id);
            }}
          >
            {person?.name ?? ''}
          </a>
          <span className={css.whoTitle}>{person?.jobTitle}</span>
        </span>
        {(hidden > 0 || opened) && (
          <button
            type="button"
            tabIndex={-1}
            className={css.more}
            aria-expanded={opened}
            aria-label={opened ? t.schedule.fewerBars : t.schedule.showBars({ n: hidden })}
            title={opened ? t.schedule.fewerBars : t.schedule.showBars({ n: hidden })}
            onClick={() => toggle(id)}
          >
            {opened ? '−' : t.schedule.moreBars({ n: hidden })}
          </button>
        )}
        {person && (
          <span className={css.whoLoad} data-over={(utilization ?? 0) > 1 || undefined}>
            {f.ratio(utilization ?? null)}
          </span>
        )}
      </div>
      {shownOff.map((off) => (
        <TimeOff
          key={off.id}
          off={off}
          lane={person ? freeLane(person, off, Math.min(lanes, most)) : null}
          words={words}
          origin={origin}
        />
      ))}
      {range.bucket !== 'month' &&
        [...(person?.holidays.values() ?? [])].map((h) => (
          <div
            key={h.date}
            className={css.holiday}
            title={h.name}
            style={place(toDay(h.date) - origin, 1)}
          />
        ))}
      {cells(props, bars)}
    </div>
  );
});
