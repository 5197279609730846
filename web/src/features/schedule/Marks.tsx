/** What lies over the rows: the cell cursor and the booking in hand. */
import type { CSSProperties } from 'react';
import { slotEnd, slotStart } from './blocks';
import type { Draft } from './draft';
import { heightOf, topOf, type Layout } from './layout';
import type { Ui } from './planner';
import barCss from './bars.module.css';
import css from './grid.module.css';
import type { Viewport } from './viewport';

/** The cell that keys mean; of a group's header the header itself shows it. */
export function Cursor({ ui, layout, viewport }: { ui: Ui; layout: Layout; viewport: Viewport }) {
  if (!ui.cursor || layout.items[ui.cursor.item]?.kind !== 'person') return null;
  const { bucket } = viewport.getRange();
  const from = slotStart(bucket, ui.cursor.day, viewport.weekStart);
  const style = {
    '--top': topOf(layout, ui.cursor.item),
    '--h': heightOf(layout, ui.cursor.item),
    '--s': from - viewport.origin,
    '--n': slotEnd(bucket, from) - from + 1,
  } as CSSProperties;
  return <div className={css.cursor} style={style} aria-hidden="true" />;
}

/** The booking in hand while keys move it; the pointer has its ghost. */
export function Held({
  draft,
  layout,
  viewport,
  label,
}: {
  draft: Draft;
  layout: Layout;
  viewport: Viewport;
  label: string;
}) {
  const item = layout.byPerson.get(draft.personId);
  if (item === undefined) return null;
  const style = {
    '--top': topOf(layout, item),
    '--lane': draft.personId === draft.fromPersonId ? (draft.origin?.lane ?? 0) : 0,
    '--s': draft.start - viewport.origin,
    '--n': (draft.end ?? viewport.lastDay) - draft.start + 1,
  } as CSSProperties;
  return (
    <div className={barCss.held} style={style} aria-hidden="true">
      <span>{label}</span>
    </div>
  );
}
