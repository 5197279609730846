/** What lies over the rows: the cell cursor and the booking in hand. */
import type { CSSProperties } from 'react';
import { slotEnd, slotStart } from './blocks';
import { isHandedOver, type Draft } from './draft';
import { heightOf, topOf, type Layout } from './layout';
import type { Ui } from './planner';
import barCss from './bars.module.css';
import css from './grid.module.css';
import type { Viewport } from './viewport';

/** The cell that keys mean; of a group's header the header itself shows it. */
export function Cursor({ ui, layout, viewport }: { ui: Ui; layout: Layout; viewport: Viewport }) {
  if (!ui.cursor || layout.items[ui.cursor.item]?.kind === 'group') return null;
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
  const item = layout.byOwner.get(draft.owner.id);
  if (item === undefined) return null;
  const style = {
    '--top': topOf(layout, item),
    '--lane': isHandedOver(draft) ? 0 : (draft.origin?.lane ?? 0),
    '--s': draft.start - viewport.origin,
    '--n': (draft.end ?? viewport.lastDay) - draft.start + 1,
  } as CSSProperties;
  return (
    <div
      className={barCss.held}
      data-wanted={draft.owner.kind === 'placeholder' || undefined}
      style={style}
      aria-hidden="true"
    >
      <span>{label}</span>
    </div>
  );
}
