/** Where rows lie: prefix sums of their heights, found again by binary search. */
import type { Order } from './data';
import type { Owner } from './owner';

export type Item =
  | { kind: 'group'; key: string; label: string | null; count: number; folded: boolean }
  /** `index` is the place in the order of its kind. */
  | (Owner & { index: number });

/** The key of the placeholders' group; no team's or job title's begins with a space. */
export const STAFF = ' staff';

export interface Layout {
  items: Item[];
  /** `tops[i]` is the top of item i; one more entry than items, the last being the full height. */
  tops: Float64Array;
  byOwner: Map<string, number>;
  /** Where the groups' headers are, in their order. */
  groups: number[];
}

/** The rows of an order under the headers of their groups, without those of folded groups: placeholders, then people. */
export function listed(
  { rows, groups, staff }: Pick<Order, 'rows' | 'groups' | 'staff'>,
  folded: ReadonlySet<string>,
): Item[] {
  const row = (kind: Owner['kind']) => (id: string, index: number) => ({ kind, id, index });
  const under = (key: string, label: string | null, own: Item[]): Item[] => {
    const isFolded = folded.has(key);
    const header: Item = { kind: 'group', key, label, count: own.length, folded: isFolded };
    return isFolded ? [header] : [header, ...own];
  };
  const wanted = staff.ids.map(row('placeholder'));
  const people = rows.ids.map(row('person'));
  const top = wanted.length > 0 ? under(STAFF, null, wanted) : [];
  if (groups.length === 0) return [...top, ...people];
  let at = 0;
  const grouped = groups.flatMap(({ key, label, count }) =>
    under(key ?? '', label, people.slice(at, (at += count))),
  );
  return [...top, ...grouped];
}

export function layOut(items: Item[], height: (item: Item) => number): Layout {
  const tops = new Float64Array(items.length + 1);
  const byOwner = new Map<string, number>();
  const groups: number[] = [];
  items.forEach((item, i) => {
    tops[i + 1] = (tops[i] ?? 0) + height(item);
    if (item.kind === 'group') groups.push(i);
    else byOwner.set(item.id, i);
  });
  return { items, tops, byOwner, groups };
}

export const topOf = (l: Layout, i: number): number => l.tops[i] ?? 0;
export const heightOf = (l: Layout, i: number): number => topOf(l, i + 1) - topOf(l, i);
export const fullHeight = (l: Layout): number => topOf(l, l.items.length);

/** The item that follows a group's last row. */
function afterGroup(l: Layout, group: number): number {
  const header = l.items[group];
  return group + 1 + (header?.kind === 'group' && !header.folded ? header.count : 0);
}

/** The header of the group that an item stands in, which may be the item itself; -1 where it stands in none. */
export function groupOf(l: Layout, item: number): number {
  const group = l.groups.findLast((header) => header <= item) ?? -1;
  return group !== -1 && item < afterGroup(l, group) ? group : -1;
}

/** Where the rows of a group end. */
export const groupEnd = (l: Layout, group: number): number => topOf(l, afterGroup(l, group));

export const hasStaff = ({ items: [first] }: Layout): boolean =>
  first?.kind === 'group' && first.key === STAFF;

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
  const place = now.byOwner.get(row.id);
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
