/** Where the grid's rows lie on this screen, and how they keep their places. */
import { useLayoutEffect, useMemo, useRef, useSyncExternalStore, type RefObject } from 'react';
import type { ScheduleData } from './data';
import { hasStaff, itemAt, layOut, listed, placeAfter, topOf, type Layout } from './layout';
import {
  COMFORTABLE,
  COMPACT,
  NARROW_PANE,
  NARROW_SCREEN,
  rowHeight,
  type Measures,
} from './measures';
import type { Planner } from './planner';

export function useMeasures(compact: boolean): Measures {
  const media = useMemo(() => window.matchMedia(NARROW_SCREEN), []);
  const narrow = useSyncExternalStore(
    (changed) => {
      media.addEventListener('change', changed);
      return () => media.removeEventListener('change', changed);
    },
    () => media.matches,
  );
  return useMemo(() => {
    const base = compact ? COMPACT : COMFORTABLE;
    return narrow ? { ...base, pane: NARROW_PANE } : base;
  }, [compact, narrow]);
}

/** The rows' order and heights; again only when these change, not with every figure. */
export function useLayout(
  data: ScheduleData,
  measures: Measures,
  folded: ReadonlySet<string>,
): Layout {
  const version = useSyncExternalStore(data.subscribe, data.getLayoutVersion);
  return useMemo(
    () =>
      layOut(data.index ? listed(data.index, folded) : [], (item) =>
        item.kind === 'group'
          ? measures.group
          : rowHeight(measures, data.laneCount(item.id), data.lanesShown(item.id)),
      ),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version says when the order changed
    [data, version, measures, folded],
  );
}

/** Keeps the row at the top and the cursor where they are while rows come, go or change places. */
export function useKeptPlace(
  layout: Layout,
  planner: Planner,
  scroll: RefObject<HTMLElement | null>,
) {
  const shown = useRef(layout);
  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = layout;
    const { cursor } = planner.getUi();
    const under = placeAfter(before, layout, cursor?.item ?? -1);
    if (cursor && under !== cursor.item)
      planner.set({ cursor: under === null ? null : { ...cursor, item: under } });
    const element = scroll.current;
    if (!element) return;
    // Whoever looks at the first row sees the placeholders that come above it.
    if (element.scrollTop === 0 && hasStaff(layout) && !hasStaff(before)) return;
    const top = itemAt(before, element.scrollTop);
    const now = placeAfter(before, layout, top);
    if (now === null) return;
    // Where the row at the top was folded away, its group's header takes its place.
    if (before.items[top]?.kind !== layout.items[now]?.kind) element.scrollTop = topOf(layout, now);
    else if (now !== top) element.scrollTop += topOf(layout, now) - topOf(before, top);
  }, [layout, planner, scroll]);
}
