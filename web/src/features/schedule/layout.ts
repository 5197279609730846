/** Where rows lie: prefix sums of their heights, found again by binary search. */
import type { ScheduleIndex } from '@/shared/api/schema.gen';

export type Item =
  | { kind: 'group'; key: string; label: string | null; count: number; folded: boolean }
  | { kind: 'person'; id: string; index: number };

export interface Layout {
  items: Item[];
  /** `tops[i]` is the top of item i; one more entry than items, the last being the full height. */
  tops: Float64Array;
  byPerson: Map<string, number>;
  /** Where the groups' headers are, in their order. */
  groups: number[];
}

/** The rows of an order: people under the headers of their groups, without those of folded groups. */
export function listed(
  { rows, groups }: Pick<ScheduleIndex, 'rows' | 'groups'>,
  folded: ReadonlySet<string>,
): Item[] {
  const people: Item[] = rows.ids.map((id, index) => ({ kind: 'person', id, index }));
  if (groups.length === 0) return people;
  let at = 0;
  return groups.flatMap(({ key, label, count }): Item[] => {
    const own = people.slice(at, (at += count));
    const isFolded = folded.has(key ?? '');
    const header: Item = { kind: 'group', key: key ?? '', label, count, folded: isFolded };
    return isFolded ? [header] : [header, ...own];
  });
}

export function layOut(items: Item[], height: (item: Item) => number): Layout {
  const tops = new Float64Array(items.length + 1);
  const byPerson = new Map<string, number>();
  const groups: number[] = [];
  items.forEach((item, i) => {
    tops[i + 1] = (tops[i] ?? 0) + height(item);
    if (item.kind === 'person') byPerson.set(item.id, i);
    else groups.push(i);
  });
  return { items, tops, byPerson, groups };
}

export const topOf = (l: Layout, i: number): number => l.tops[i] ?? 0;
export const heightOf = (l: Layout, i: number): number => topOf(l, i + 1) - topOf(l, i);
export const fullHeight = (l: Layout): number => topOf(l, l.items.length);

/** The header of the group that an item stands in, which may be the item itself; -1 where rows are not grouped. */
export const groupOf = (l: Layout, item: number): number =>
  l.groups.findLast((group) => group <= item) ?? -1;

/** Where the rows of a group end: at the next header. */
export const groupEnd = (l: Layout, group: number): number =>
  topOf(l, l.groups.find((next) => next > group) ?? l.items.length);

/** How much of what is in sight from `y` on lies under the header that stays there. */
export function coveredAt(l: Layout, y: number): number {
  const group = groupOf(l, itemAt(l, y));
  return group === -1 ? 0 : Math.min(heightOf(l, group), groupEnd(l, group) - y);
}

function findGroup(l: Layout, item: Item | undefined): number | null {
  const same = (i: number) => {
    const other = l.items[i];
    return item?.kind === 'group' && other?.kind === 'group' && other.key === item.key;
  };
  return l.groups.find(same) ?? null;
}

/** Where a row of before is now: with its group's header where it was folded away, and null where it is not there any more. */
export function placeAfter(before: Layout, now: Layout, item: number): number | null {
  const row = before.items[item];
  if (!row) return null;
  if (row.kind === 'group') return findGroup(now, row);
  const place = now.byPerson.get(row.id);
  if (place !== undefined) return place;
  const group = findGroup(now, before.items[groupOf(before, item)]);
  const header = group === null ? undefined : now.items[group];
  return header?.kind === 'group' && header.folded ? group : null;
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
