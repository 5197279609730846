/** Where rows lie: prefix sums of their heights, found again by binary search. */

export type Item =
  | { kind: 'group'; key: string; label: string; count: number }
  | { kind: 'person'; id: string; index: number };

export interface Layout {
  items: Item[];
  /** `tops[i]` is the top of item i; one more entry than items, the last being the full height. */
  tops: Float64Array;
  byPerson: Map<string, number>;
}

export function layOut(items: Item[], height: (item: Item) => number): Layout {
  const tops = new Float64Array(items.length + 1);
  const byPerson = new Map<string, number>();
  items.forEach((item, i) => {
    tops[i + 1] = (tops[i] ?? 0) + height(item);
    if (item.kind === 'person') byPerson.set(item.id, i);
  });
  return { items, tops, byPerson };
}

export const topOf = (l: Layout, i: number): number => l.tops[i] ?? 0;
export const heightOf = (l: Layout, i: number): number => topOf(l, i + 1) - topOf(l, i);
export const fullHeight = (l: Layout): number => topOf(l, l.items.length);

/** Where the person of a row before is now; null where they have none, or where it was no person's. */
export function placeAfter(before: Layout, now: Layout, item: number): number | null {
  const row = before.items[item];
  return row?.kind === 'person' ? (now.byPerson.get(row.id) ?? null) : null;
}

/** The item that covers `y`, or the nearest one; -1 when there is none. */
export function itemAt(l: Layout, y: number): number {
  let low = 0;
  let high = l.items.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (topOf(l, middle) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}
