import { memo, type CSSProperties, type ReactNode } from 'react';
import type { ProjectLabel, TimeOffBar } from '@/shared/api/schema.gen';
import type { Words } from '@/shared/i18n/catalogue';
import { toDay } from '@/shared/lib/days';
import { shareOf } from '@/shared/plan/load';
import { Bar, place } from './Bar';
import type { Slot } from './blocks';
import { cellLabel, differs, figure, stripOf } from './figure';
import css from './grid.module.css';
import type { Owner } from './owner';
import { Pane } from './Pane';
import { cellKey, endOf, type Cell, type RowData } from './rows';
import { freeLane, KINDS, offDays, within } from './timeOff';
import type { Range } from './viewport';

interface RowProps {
  kind: Owner['kind'];
  id: string;
  row: number;
  top: number;
  height: number;
  origin: number;
  data: RowData | undefined;
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
  toggle: (rowId: string) => void;
  /** Where people's pages are. */
  pages: string;
  openOwner: ((owner: Owner) => void) | undefined;
}

export const cellId = (row: number, day: number) => `cell-${row}-${day}`;

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
  const { kind, data, slots, range, words, preview, row, origin } = props;
  return slots.map((slot, i) => {
    const known = data?.cells.get(cellKey(range.bucket, slot.from));
    const next = preview?.get(cellKey(range.bucket, slot.from));
    const cell = next ?? known;
    return (
      <div
        key={slot.from}
        role="gridcell"
        aria-colindex={i + 2}
        id={cellId(row, slot.from)}
        className={css.cell}
        aria-label={cellLabel(cell, kind, slot, words)}
        title={cell && cell.displaced_minutes > 0 ? cellLabel(cell, kind, slot, words) : undefined}
        style={place(slot.from - origin, slot.to - slot.from + 1)}
      >
        <span
          className={css.strip}
          data-load={cell ? stripOf(cell, kind) : 'unknown'}
          data-stale={(data?.stale && !next) || undefined}
          data-changed={differs(known, next) || undefined}
          style={{ '--share': shareOf(cell) } as CSSProperties}
        >
          {cell ? figure(cell, kind, range, words.f) : ''}
        </span>
        {bars.get(slot.from)}
      </div>
    );
  });
}

/** Each bar lives in the cell where its visible part begins. */
function barsByCell({
  kind,
  data,
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
  if (!data) return { bars, hidden };
  const off = offDays(data, range, words);
  for (const bar of data.assignments.values()) {
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
        wanted={kind === 'placeholder'}
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
  const { kind, id, row, top, height, data, utilization, range, words, origin, most } = props;
  const { lanes, pages, openOwner, toggle } = props;
  const { t } = words;
  const { bars, hidden } = barsByCell(props);
  const opened = most === Infinity;
  const shownOff = [...(data?.timeOff.values() ?? [])].filter(
    (off) => toDay(off.from) <= range.to && toDay(off.to) >= range.from,
  );
  return (
    <div
      role="row"
      aria-rowindex={row + 2}
      className={css.row}
      {...{ [`data-${kind}`]: id }}
      style={{ '--top': top, '--h': height } as CSSProperties}
    >
      <Pane
        owner={{ kind, id }}
        row={data}
        utilization={utilization}
        pages={pages}
        open={openOwner}
        more={
          (hidden > 0 || opened) && (
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
          )
        }
      />
      {shownOff.map((off) => (
        <TimeOff
          key={off.id}
          off={off}
          lane={data ? freeLane(data, off, Math.min(lanes, most)) : null}
          words={words}
          origin={origin}
        />
      ))}
      {range.bucket !== 'month' &&
        [...(data?.holidays.values() ?? [])].map((h) => (
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
