import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import type { AssignmentBar, AssignmentView } from '@/shared/api/schema.gen';
import { toDay, toIso } from '@/shared/lib/days';
import { omit } from '@/shared/lib/omit';
import { slotsBetween, spanAt, spansBetween } from './blocks';
import {
  changes,
  copyCommand,
  enteredCommands,
  moveCommand,
  NEW_BAR,
  resized,
  shifted,
  spanned,
  splitCommands,
  type Draft,
} from './draft';
import {
  bucketFor,
  COMFORTABLE,
  COMPACT,
  edgeSpeed,
  figuresFor,
  rowHeight,
  snapsToDays,
} from './measures';
import type { Owner } from './owner';

const person = (id: string): Owner => ({ kind: 'person', id });
const bar: AssignmentBar = {
  ...NEW_BAR,
  id: 'a',
  version: 7,
  project_id: 'p',
  start: '2026-03-10',
  end: '2026-03-20',
  effort: { per: 'week', minutes: 1200 },
};
/** The bar with something in each field that may be empty, so that a copy which drops a field is seen. */
const filled: Required<AssignmentBar> = JSON.parse(
  JSON.stringify(bar, (name, value) => value ?? `Some ${name}`),
);
/** What was entered of the bar's booking: not billable, though its project is. */
const entered: Omit<AssignmentView, 'id' | 'version'> = {
  ...omit(filled, 'id', 'version', 'tentative', 'lane'),
  person_id: 'ana',
  placeholder_id: null,
  effort: { per: 'day', minutes: 240 },
  weekdays: ['mon', 'fri'],
  include_non_working: true,
  status: 'tentative',
  billable: false,
};
const record: AssignmentView = { ...entered, id: 'a', version: 7 };
const iso = ({ start, end }: { start: number; end: number | null }) => [
  toIso(start),
  end === null ? null : toIso(end),
];
const draft = (part: Partial<Draft>): Draft => ({
  kind: 'move',
  owner: person('ana'),
  from: person('ana'),
  origin: bar,
  start: toDay(bar.start),
  end: toDay(bar.end as string),
  ...part,
});

describe('a booking of a placeholder', () => {
  const dev: Owner = { kind: 'placeholder', id: 'dev' };
  const days = { start: '2026-03-10', end: '2026-03-20' };

  it('is handed to a person, and back', () => {
    const toBo = draft({ from: dev, owner: person('bo') });
    expect(changes(toBo)).toBe(true);
    expect(moveCommand(toBo, bar).body).toEqual({ person_id: 'bo', ...days });
    const back = draft({ owner: dev });
    expect(moveCommand(back, bar).body).toEqual({ placeholder_id: 'dev', ...days });
  });

  it('is copied to a person or a placeholder, never to both', () => {
    const asked = { ...record, person_id: null, placeholder_id: 'dev' };
    const copy = (owner: Owner) => copyCommand(draft({ kind: 'copy', owner }), asked, 'b').body;
    expect(copy(person('bo'))).toMatchObject({ person_id: 'bo', placeholder_id: null });
    expect(copy(dev)).toMatchObject({ person_id: null, placeholder_id: 'dev' });
  });
});

describe('a drag', () => {
  it('moves by whole days, keeping the length', () => {
    expect(iso(shifted(bar, 2.6, true, 'monday'))).toEqual(['2026-03-13', '2026-03-23']);
    expect(iso(shifted({ ...bar, end: null }, -1, true, 'monday'))).toEqual(['2026-03-09', null]);
  });
  it('moves to the nearest week start when days are narrow', () => {
    expect(iso(shifted(bar, 1, false, 'monday'))).toEqual(['2026-03-10', '2026-03-20']);
    expect(iso(shifted(bar, 5, false, 'monday'))).toEqual(['2026-03-16', '2026-03-26']);
  });
  it('resizes either end and keeps at least a day', () => {
    expect(iso(resized(bar, 'end', toDay('2026-03-25'), true, 'monday'))).toEqual([
      '2026-03-10',
      '2026-03-24',
    ]);
    expect(iso(resized(bar, 'end', toDay('2026-03-01'), true, 'monday'))).toEqual([
      '2026-03-10',
      '2026-03-10',
    ]);
    expect(iso(resized(bar, 'start', toDay('2026-04-01'), true, 'monday'))).toEqual([
      '2026-03-20',
      '2026-03-20',
    ]);
    expect(iso(resized({ ...bar, end: null }, 'end', toDay('2026-03-25'), true, 'monday'))).toEqual(
      ['2026-03-10', '2026-03-24'],
    );
  });
  it('spans days in either direction', () => {
    expect(
      iso(spanned(toDay('2026-03-12') + 0.4, toDay('2026-03-10') + 0.9, true, 'monday')),
    ).toEqual(['2026-03-10', '2026-03-12']);
    expect(iso(spanned(toDay('2026-03-12'), toDay('2026-03-17'), false, 'monday'))).toEqual([
      '2026-03-09',
      '2026-03-22',
    ]);
  });
  it('knows when nothing changes', () => {
    expect(changes(draft({}))).toBe(false);
    expect(changes(draft({ kind: 'copy' }))).toBe(true);
    expect(changes(draft({ owner: person('bo') }))).toBe(true);
    expect(changes(draft({ end: null }))).toBe(true);
  });
});

describe('commands', () => {
  it('move within a row, and to another person, under the version seen', () => {
    const start = toDay('2026-03-11');
    expect(moveCommand(draft({ start }), bar)).toEqual({
      op: 'update',
      resource: 'assignments',
      id: 'a',
      expect: 7,
      body: { start: '2026-03-11', end: '2026-03-20' },
    });
    expect(moveCommand(draft({ owner: person('bo') }), bar).body).toEqual({
      person_id: 'bo',
      start: '2026-03-10',
      end: '2026-03-20',
    });
  });
  it('copy everything of the record but its id and version', () => {
    const command = copyCommand(draft({ kind: 'copy', owner: person('bo') }), record, 'new');
    expect(command).toStrictEqual({
      op: 'create',
      resource: 'assignments',
      id: 'new',
      body: { ...entered, person_id: 'bo', start: '2026-03-10', end: '2026-03-20' },
    });
  });
  it('split without a gap or a double day, and without losing anything', () => {
    const commands = splitCommands(record, 7, toDay('2026-03-16'), 'new');
    const end = { end: '2026-03-15' };
    expect(commands).toStrictEqual([
      { op: 'update', resource: 'assignments', id: 'a', expect: 7, body: end },
      {
        op: 'create',
        resource: 'assignments',
        id: 'new',
        body: { ...entered, start: '2026-03-16' },
      },
    ]);
  });
  it('send of an edited booking what was changed, and nothing else of it', () => {
    const body = { ...entered, person_id: 'ana', notes: 'Changed' };
    const edit = { id: 'a', version: 7, newProject: null, body };
    const { weekdays } = entered;
    expect(weekdays).not.toBeNull();
    expect(enteredCommands({ ...edit, changes: { notes: 'Changed' } })).toStrictEqual([
      { op: 'update', resource: 'assignments', id: 'a', expect: 7, body: { notes: 'Changed' } },
    ]);
    expect(enteredCommands({ ...edit, changes: {} })).toEqual([]);
    const [, created] = enteredCommands({
      ...edit,
      version: null,
      newProject: 'Apollo',
      changes: {},
    });
    expect(created).toStrictEqual({ op: 'create', resource: 'assignments', id: 'a', body });
  });
  it('may copy every field that a record has', () => {
    const { schemas } = JSON.parse(readFileSync('openapi.json', 'utf8')).components;
    const taken = Object.keys(schemas.NewAssignment.properties);
    const copied = Object.keys(schemas.AssignmentView.properties).filter((f) => f !== 'version');
    expect(copied.filter((field) => !taken.includes(field))).toEqual([]);
  });
});

describe('measures', () => {
  it('give the heights of rows', () => {
    expect(rowHeight(COMFORTABLE, 1)).toBe(54);
    expect(rowHeight(COMPACT, 1)).toBe(44);
    expect(rowHeight(COMFORTABLE, 9)).toBe(rowHeight(COMFORTABLE, 6));
    expect(rowHeight(COMFORTABLE, 9, Infinity)).toBe(rowHeight(COMFORTABLE, 1) + 8 * 28);
  });
  it('scroll under a drag only at the very edges, and gently', () => {
    expect([0, 500, 976].map((at) => edgeSpeed(at, 0, 1000))).toEqual([-600, 0, 0]);
    expect(edgeSpeed(988, 0, 1000)).toBe(150);
    expect(edgeSpeed(1000, 0, 1000)).toBe(600);
    expect(edgeSpeed(2000, 0, 1000)).toBe(600);
    expect(edgeSpeed(12, 0, 1000)).toBe(-150);
  });
  it('choose buckets, figures and snapping by zoom', () => {
    expect([120, 24, 23.9, 6, 5.9, 3].map(bucketFor)).toEqual([
      'day',
      'day',
      'week',
      'week',
      'month',
      'month',
    ]);
    expect([96, 32, 12, 4].map(figuresFor)).toEqual(['both', 'booked', 'both', 'both']);
    expect([snapsToDays(12, false), snapsToDays(11, false), snapsToDays(11, true)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe('pieces of time', () => {
  it('are 13 ISO weeks from Monday to Sunday, or a year of months', () => {
    const span = spanAt('week', toDay('2026-11-23'), 'monday');
    expect(span.to - span.from).toBe(90);
    expect(new Date(span.from * 86_400_000).getUTCDay()).toBe(1);
    expect([
      toIso(spanAt('month', toDay('2026-11-23'), 'monday').from),
      toIso(spanAt('month', toDay('2026-11-23'), 'monday').to),
    ]).toEqual(['2026-01-01', '2026-12-31']);
    expect(spanAt('day', toDay('1969-12-31'), 'monday').to).toBe(3);
  });
  it.each([
    ['sunday', '2026-11-29', 0],
    ['saturday', '2026-11-28', 6],
  ] as const)('begin on the workspace’s %s', (start, first, weekday) => {
    expect(
      toIso(slotsBetween('week', toDay('2026-11-30'), toDay('2026-11-30'), start)[0]?.from ?? 0),
    ).toBe(first);
    const span = spanAt('week', toDay('2026-11-30'), start);
    expect(new Date(span.from * 86_400_000).getUTCDay()).toBe(weekday);
    expect(slotsBetween('week', span.from, span.to, start)).toHaveLength(13);
    expect(iso(spanned(toDay('2026-12-01'), toDay('2026-12-02'), false, start))).toEqual([
      first,
      toIso(toDay(first) + 6),
    ]);
    const bar = {
      ...NEW_BAR,
      id: 'b',
      project_id: 'p',
      start: first,
      end: null,
      effort: { per: 'week' as const, minutes: 60 },
    };
    expect(toIso(shifted(bar, 6, false, start).start)).toBe(toIso(toDay(first) + 7));
  });
  it('follow each other without gaps and hold whole buckets', () => {
    const spans = spansBetween('week', toDay('2022-01-01'), toDay('2023-01-01'), 'monday');
    spans.slice(1).forEach((s, i) => expect(s.from).toBe((spans[i]?.to ?? 0) + 1));
    const slots = slotsBetween('week', spans[0]?.from ?? 0, spans[0]?.to ?? 0, 'monday');
    expect(slots).toHaveLength(13);
    expect(slots[0]?.from).toBe(spans[0]?.from);
    expect(
      slotsBetween('month', toDay('2026-01-15'), toDay('2026-03-01'), 'monday').map((s) =>
        toIso(s.to),
      ),
    ).toEqual(['2026-01-31', '2026-02-28', '2026-03-31']);
  });
});
