import { describe, expect, it } from 'vitest';
import {
  coveredAt,
  fullHeight,
  groupEnd,
  groupOf,
  hasStaff,
  itemAt,
  layOut,
  listed,
  placeAfter,
  STAFF,
  topOf,
} from './layout';
import { NO_STAFF } from './staff';

const order = {
  staff: NO_STAFF,
  rows: { ids: ['ana', 'bo', 'cy'], lanes: [1, 1, 1] },
  groups: [
    { key: 'd', label: 'Design', count: 2 },
    { key: null, label: null, count: 1 },
  ],
};
const lay = (...folded: string[]) =>
  layOut(listed(order, new Set(folded)), (item) => (item.kind === 'group' ? 32 : 54));
const NOBODY = layOut([], () => 0);

describe('rows', () => {
  const l = lay();
  it('stand under the headers of their groups, at their places in the order', () => {
    expect(l.items.map((i) => (i.kind === 'group' ? i.label : [i.id, i.index]))).toEqual([
      'Design',
      ['ana', 0],
      ['bo', 1],
      null,
      ['cy', 2],
    ]);
    expect(l.byOwner.get('bo')).toBe(2);
    expect(fullHeight(l)).toBe(226);
  });

  it('are found by their height', () => {
    expect([-5, 0, 31, 32, 85, 86, 500].map((y) => itemAt(l, y))).toEqual([0, 0, 0, 1, 1, 2, 4]);
    expect(itemAt(NOBODY, 10)).toBe(-1);
  });

  it('stand without headers where they are not grouped', () => {
    const plain = layOut(listed({ ...order, groups: [] }, new Set(['d'])), () => 54);
    expect(plain.items).toHaveLength(3);
    expect([groupOf(plain, 2), coveredAt(plain, 60)]).toEqual([-1, 0]);
  });
});

describe('a group', () => {
  const l = lay();
  it('has the rows up to the next header, and the last one all that are left', () => {
    expect([0, 1, 2, 3, 4].map((item) => groupOf(l, item))).toEqual([0, 0, 0, 3, 3]);
    expect([groupEnd(l, 0), groupEnd(l, 3)]).toEqual([140, 226]);
  });

  it('covers what goes by under its header, until the next one pushes it out', () => {
    expect([0, 60, 120, 139, 140, 180].map((y) => coveredAt(l, y))).toEqual([
      32, 32, 20, 1, 32, 32,
    ]);
  });

  it('has a header alone where it is folded, and those after it keep their places in the order', () => {
    const folded = lay('d');
    expect(folded.items.map((i) => (i.kind === 'group' ? i.folded : i.index))).toEqual([
      true,
      false,
      2,
    ]);
    expect(topOf(folded, 1)).toBe(32);
    // Those without a team have a group as well.
    expect(lay('').items).toHaveLength(4);
  });
});

describe('the place of a row of before', () => {
  const l = lay();
  it('is where its person or header is now', () => {
    const turned = layOut(listed({ ...order, groups: [] }, new Set()).reverse(), () => 54);
    expect([1, 2, 4].map((i) => placeAfter(l, turned, i))).toEqual([2, 1, 0]);
    expect(placeAfter(l, lay('d'), 3)).toBe(1);
  });

  it('is the header of a group that was folded', () => {
    expect([0, 1, 2, 4].map((i) => placeAfter(l, lay('d'), i))).toEqual([0, 0, 0, 2]);
  });

  it('is none where the row is gone', () => {
    const without = {
      staff: NO_STAFF,
      rows: { ids: ['bo'], lanes: [1] },
      groups: [{ key: 'd', label: 'Design', count: 1 }],
    };
    const now = layOut(listed(without, new Set()), () => 54);
    expect([1, 3, 4, 9].map((i) => placeAfter(l, now, i))).toEqual([null, null, null, null]);
    expect(placeAfter(l, NOBODY, 1)).toBeNull();
  });
});

describe('placeholders', () => {
  const staff = { ...NO_STAFF, ids: ['dev', 'qa'] };
  const at = (grouped: boolean, ...folded: string[]) =>
    layOut(
      listed({ ...order, groups: grouped ? order.groups : [], staff }, new Set(folded)),
      (item) => (item.kind === 'group' ? 32 : 54),
    );

  it('stand in a group of their own above all people, whose rows belong to none where they are not grouped', () => {
    const l = at(false);
    expect(l.items.map((i) => (i.kind === 'group' ? i.count : `${i.kind} ${i.id}`))).toEqual([
      2,
      'placeholder dev',
      'placeholder qa',
      'person ana',
      'person bo',
      'person cy',
    ]);
    expect([0, 1, 2, 3, 5].map((item) => groupOf(l, item))).toEqual([0, 0, 0, -1, -1]);
    expect(groupEnd(l, 0)).toBe(140);
    expect([coveredAt(l, 60), coveredAt(l, 150)]).toEqual([32, 0]);
    expect([l.byOwner.get('qa'), l.byOwner.get('ana')]).toEqual([2, 3]);
    expect(hasStaff(l)).toBe(true);
  });

  it('are above the groups of people, and fold like them', () => {
    const l = at(true, STAFF);
    expect(l.items.map((i) => (i.kind === 'group' ? [i.label, i.folded] : i.id))).toEqual([
      [null, true],
      ['Design', false],
      'ana',
      'bo',
      [null, false],
      'cy',
    ]);
    expect([0, 2, 5].map((item) => groupOf(l, item))).toEqual([0, 1, 4]);
    const ungrouped = at(false, STAFF);
    expect(groupOf(ungrouped, 1)).toBe(-1);
    expect(groupEnd(ungrouped, 0)).toBe(32);
    expect(placeAfter(at(false), ungrouped, 2)).toBe(0);
  });

  it('have no header where there are none', () => {
    expect(hasStaff(lay())).toBe(false);
  });
});
