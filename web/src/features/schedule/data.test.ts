import { beforeEach, describe, expect, it } from 'vitest';
import type { AssignmentBar, Schedule, ScheduleRow } from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toDay, toIso } from '@/shared/lib/days';
import { spanAt } from './blocks';
import { NEW_BAR } from './draft';
import { cellKey, ScheduleData, type Period } from './data';

const week = spanAt('week', toDay('2026-03-02'), 'monday');
const period: Period = { from: week.from, to: week.to, bucket: 'week' };
const next: Period = { ...period, from: week.to + 1, to: week.to + 91 };

const bar = (id: string, start: string, end: string | null, lane = 0): AssignmentBar => ({
  ...NEW_BAR,
  id,
  project_id: 'p',
  start,
  end,
  effort: { per: 'week', minutes: 600 },
  lane,
});
const row = (id: string, bars: AssignmentBar[], booked = 600): ScheduleRow => ({
  person_id: id,
  version: 1,
  full_name: id,
  job_title: null,
  team_id: null,
  lanes: 1,
  utilization: 0.25,
  capacity_minutes: Array<number>(13).fill(2400),
  booked_minutes: Array<number>(13).fill(booked),
  tentative_minutes: Array<number>(13).fill(0),
  displaced_minutes: Array<number>(13).fill(0),
  overbooked: Array<boolean>(13).fill(false),
  assignments: bars,
  time_off: [],
  holidays: [],
});

/** A server that answers what it is told and remembers what it was asked. */
class Answers {
  asked: Record<string, unknown>[] = [];
  rows: ScheduleRow[] = [];
  call = (what: string, query: Record<string, unknown>): Promise<unknown> => {
    this.asked.push(query);
    if (what === 'schedule_index') {
      const ids = this.rows.map((r) => r.person_id);
      const rows = { ids, lanes: ids.map(() => 1) };
      return Promise.resolve({ head: '1.1', total: ids.length, groups: [], rows });
    }
    return Promise.resolve(this.page(query));
  };
  private page(query: Record<string, unknown>): Schedule {
    const named = typeof query.people === 'string' ? query.people.split(',') : null;
    const rows = named
      ? this.rows.filter((r) => named.includes(r.person_id))
      : this.rows.slice(Number(query.offset), Number(query.offset) + 50);
    return {
      by: 'person',
      head: '1.1',
      from: '',
      to: '',
      bucket: 'week',
      total: rows.length,
      offset: 0,
      buckets: [],
      rows,
      projects: {},
    };
  }
}

let answers: Answers;
let data: ScheduleData;
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  answers = new Answers();
  data = new ScheduleData(answers as unknown as WorkspaceApi, {}, 'monday');
});

describe('rows', () => {
  it('lose the bookings that a newer answer about the period no longer has, and keep those outside it', () => {
    data.absorb([row('ana', [bar('here', '2026-03-02', '2026-03-06')])], period);
    data.absorb([row('ana', [bar('later', '2026-12-01', '2026-12-04')])], next);
    data.absorb([row('ana', [bar('other', '2026-03-09', '2026-03-13')])], period);
    expect([...(data.person('ana')?.assignments.keys() ?? [])].sort()).toEqual(['later', 'other']);
  });

  it('keep an open booking that reaches over both', () => {
    data.absorb([row('ana', [bar('open', '2026-03-02', null)])], period);
    data.absorb([row('ana', [bar('open', '2026-03-02', null)])], next);
    expect(data.person('ana')?.assignments.size).toBe(1);
    data.absorb([row('ana', [])], next);
    expect(data.person('ana')?.assignments.size).toBe(0);
  });

  it('hold the figures by bucket, as the server counted them', () => {
    data.absorb([row('ana', [], 480)], period);
    expect(data.person('ana')?.cells.get(cellKey('week', week.from + 7))?.booked_minutes).toBe(480);
    expect(data.person('ana')?.cells.has(cellKey('day', week.from))).toBe(false);
  });

  it('tell what time off took of a booking that the answer holds all of, and of each bucket', () => {
    const within = { ...bar('within', '2026-03-02', '2026-03-06'), displaced_minutes: 480 };
    const beyond = { ...bar('beyond', '2026-03-02', null), displaced_minutes: 480 };
    const displaced = Array<number>(13).fill(0).fill(960, 1, 2);
    data.absorb([{ ...row('ana', [within, beyond]), displaced_minutes: displaced }], period);
    const ana = data.person('ana');
    expect(ana?.assignments.get('within')?.displaced_minutes).toBe(480);
    expect(ana?.assignments.get('beyond')?.displaced_minutes).toBe(0);
    expect(ana?.cells.get(cellKey('week', week.from + 7))?.displaced_minutes).toBe(960);
  });

  it('show the larger of two holidays of one date, and worked days apart', () => {
    const day = (date: string, name: string, more = {}) => ({ date, name, half: true, ...more });
    const holidays = [
      day('2026-03-04', 'Eve'),
      day('2026-03-04', 'Local', { half: false }),
      day('2026-03-07', 'Bridge', { half: false, works_as: 'thursday' as const }),
    ];
    data.absorb([{ ...row('ana', []), holidays }], period);
    const ana = data.person('ana');
    const [off, ...others] = ana?.holidays.values() ?? [];
    expect([off?.name, off?.half, others]).toEqual(['Eve · Local', false, []]);
    expect([...(ana?.workedDays.keys() ?? [])]).toEqual(['2026-03-07']);
  });

  it('put the figures under the workspace’s own weeks', () => {
    data = new ScheduleData(answers as unknown as WorkspaceApi, {}, 'sunday');
    const sundays = spanAt('week', toDay('2026-03-02'), 'sunday');
    data.absorb([row('ana', [])], { from: sundays.from, to: sundays.to, bucket: 'week' });
    expect(data.person('ana')?.cells.has(cellKey('week', toDay('2026-03-01')))).toBe(true);
    expect(data.person('ana')?.cells.has(cellKey('week', toDay('2026-03-02')))).toBe(false);
  });

  it('grow with the lanes that come, and never shrink under the eye', () => {
    data.absorb([row('ana', [bar('a', '2026-03-02', '2026-03-06', 3)])], period);
    expect(data.laneCount('ana')).toBe(4);
    data.absorb([row('ana', [])], period);
    expect(data.laneCount('ana')).toBe(4);
  });
});

describe('a change ahead of the server', () => {
  it('moves the bar and marks the figures, not touching them', () => {
    data.absorb([row('ana', [bar('a', '2026-03-02', '2026-03-06')])], period);
    data.patch('ana', 'a', bar('a', '2026-03-09', '2026-03-13'));
    const person = data.person('ana');
    expect(person?.assignments.get('a')?.start).toBe('2026-03-09');
    expect(person?.stale).toBe(true);
    expect(person?.cells.get(cellKey('week', week.from))?.booked_minutes).toBe(600);
  });
});

describe('the order of rows', () => {
  it('is asked for again where another period comes into sight, and else kept', async () => {
    answers.rows = [row('ana', [])];
    await data.loadIndex(week.from);
    answers.rows = [row('ana', []), row('left', [])];
    await data.follow(week.from + 7, week.from + 60);
    expect(data.index?.rows.ids).toEqual(['ana']);
    await data.follow(week.from - 1, week.from + 30);
    expect(data.index?.rows.ids).toEqual(['ana', 'left']);
    expect(answers.asked.map((q) => [q.from, q.to])).toEqual([
      [toIso(week.from), toIso(week.from + 90)],
      [toIso(week.from - 7), toIso(week.from + 83)],
    ]);
  });
});

describe('what is in sight', () => {
  beforeEach(() => {
    const ids = Array.from({ length: 120 }, (_, i) => `p${i}`);
    answers.rows = ids.map((id) => row(id, []));
    data.index = { head: '1.1', total: 120, groups: [], rows: { ids, lanes: ids.map(() => 1) } };
  });
  const rows = Array.from({ length: 21 }, (_, i) => 40 + i);
  const look = { rows, from: week.from, to: week.to, bucket: 'week' as const };

  it('is asked for in blocks of fifty rows, once', async () => {
    data.want(look);
    data.want(look);
    await settled();
    expect(answers.asked.map((q) => [q.offset, q.limit])).toEqual([
      [0, 50],
      [50, 50],
    ]);
    data.want(look);
    expect(answers.asked).toHaveLength(2);
  });

  it('leaves out the blocks of rows that are folded away between those in sight', async () => {
    data.want({ ...look, rows: [3, 110] });
    await settled();
    expect(answers.asked.map((q) => q.offset)).toEqual([0, 100]);
    answers.asked = [];
    await data.loadUtilization(week.from, week.to);
    expect(answers.asked.map((q) => q.people)).toEqual(['p3,p110']);
  });

  it('is asked for by name where the order has changed meanwhile', async () => {
    answers.rows.reverse();
    data.want(look);
    await settled();
    await settled();
    expect(
      answers.asked.some((q) => typeof q.people === 'string' && q.people.includes('p40')),
    ).toBe(true);
    expect(data.person('p40')?.spans.has(week.key)).toBe(true);
  });

  it('is refreshed in one request; what is out of sight waits', async () => {
    data.want(look);
    await settled();
    answers.asked = [];
    await data.refresh(['p45', 'p50', 'p3']);
    expect(answers.asked.map((q) => q.people)).toEqual(['p45,p50']);
    expect(data.person('p3')).toBeUndefined();
  });
});
