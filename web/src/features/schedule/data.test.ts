import { beforeEach, describe, expect, it } from 'vitest';
import type {
  AssignmentBar,
  PlaceholderRow,
  PlaceholderSchedule,
  Schedule,
  ScheduleRow,
} from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toDay, toIso } from '@/shared/lib/days';
import { spanAt } from './blocks';
import { NEW_BAR } from './draft';
import { ScheduleData, type Filters } from './data';
import { cellKey, type Period } from './rows';
import { NO_STAFF } from './staff';

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
  /** Of placeholders, which it is asked for apart. */
  askedStaff: Record<string, unknown>[] = [];
  staff: PlaceholderRow[] = [];
  call = (what: string, query: Record<string, unknown>): Promise<unknown> => {
    if (query.by === 'placeholder') return Promise.resolve(this.staffPage(query));
    this.asked.push(query);
    if (what === 'schedule_index') {
      const ids = this.rows.map((r) => r.person_id);
      const rows = { ids, lanes: ids.map(() => 1) };
      return Promise.resolve({ head: '1.1', total: ids.length, groups: [], rows });
    }
    return Promise.resolve(this.page(query));
  };
  private staffPage(query: Record<string, unknown>): Partial<PlaceholderSchedule> {
    this.askedStaff.push(query);
    const [offset, limit] = [Number(query.offset), Number(query.limit)];
    const rows = this.staff.slice(offset, offset + limit);
    return { by: 'placeholder', total: this.staff.length, rows, projects: {} };
  }
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
    expect([...(data.row('ana')?.assignments.keys() ?? [])].sort()).toEqual(['later', 'other']);
  });

  it('keep an open booking that reaches over both', () => {
    data.absorb([row('ana', [bar('open', '2026-03-02', null)])], period);
    data.absorb([row('ana', [bar('open', '2026-03-02', null)])], next);
    expect(data.row('ana')?.assignments.size).toBe(1);
    data.absorb([row('ana', [])], next);
    expect(data.row('ana')?.assignments.size).toBe(0);
  });

  it('hold the figures by bucket, as the server counted them', () => {
    data.absorb([row('ana', [], 480)], period);
    expect(data.row('ana')?.cells.get(cellKey('week', week.from + 7))?.booked_minutes).toBe(480);
    expect(data.row('ana')?.cells.has(cellKey('day', week.from))).toBe(false);
  });

  it('tell what time off took of a booking that the answer holds all of, and of each bucket', () => {
    const within = { ...bar('within', '2026-03-02', '2026-03-06'), displaced_minutes: 480 };
    const beyond = { ...bar('beyond', '2026-03-02', null), displaced_minutes: 480 };
    const displaced = Array<number>(13).fill(0).fill(960, 1, 2);
    data.absorb([{ ...row('ana', [within, beyond]), displaced_minutes: displaced }], period);
    const ana = data.row('ana');
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
    const ana = data.row('ana');
    const [off, ...others] = ana?.holidays.values() ?? [];
    expect([off?.name, off?.half, others]).toEqual(['Eve · Local', false, []]);
    expect([...(ana?.workedDays.keys() ?? [])]).toEqual(['2026-03-07']);
  });

  it('put the figures under the workspace’s own weeks', () => {
    data = new ScheduleData(answers as unknown as WorkspaceApi, {}, 'sunday');
    const sundays = spanAt('week', toDay('2026-03-02'), 'sunday');
    data.absorb([row('ana', [])], { from: sundays.from, to: sundays.to, bucket: 'week' });
    expect(data.row('ana')?.cells.has(cellKey('week', toDay('2026-03-01')))).toBe(true);
    expect(data.row('ana')?.cells.has(cellKey('week', toDay('2026-03-02')))).toBe(false);
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
    const person = data.row('ana');
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
    data.index = {
      head: '1.1',
      total: 120,
      groups: [],
      rows: { ids, lanes: ids.map(() => 1) },
      staff: NO_STAFF,
    };
  });
  const rows = Array.from({ length: 21 }, (_, i) => 40 + i);
  const look = { rows, staff: [], from: week.from, to: week.to, bucket: 'week' as const };

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
    expect(data.row('p40')?.spans.has(week.key)).toBe(true);
  });

  it('is refreshed in one request; what is out of sight waits', async () => {
    data.want(look);
    await settled();
    answers.asked = [];
    await data.refresh(['p45', 'p50', 'p3']);
    expect(answers.asked.map((q) => q.people)).toEqual(['p45,p50']);
    expect(data.row('p3')).toBeUndefined();
  });
});

describe('placeholders', () => {
  const wanted = (id: string, more: Partial<PlaceholderRow> = {}): PlaceholderRow => ({
    placeholder_id: id,
    version: 1,
    title: id,
    team_id: null,
    lanes: 1,
    demand_minutes: Array<number>(13).fill(1200),
    tentative_minutes: Array<number>(13).fill(60),
    assignments: [bar(`work of ${id}`, '2026-03-02', '2026-03-06')],
    ...more,
  });
  const shown = () => data.index?.staff.ids;
  const see = (...staff: string[]) =>
    data.want({ rows: [], staff, from: week.from, to: week.to, bucket: 'week' });

  it('have a row where they have work in the period, or none at all yet', async () => {
    const elsewhere = wanted('later', { assignments: [] });
    answers.staff = [wanted('dev'), elsewhere, wanted('new', { lanes: 0, assignments: [] })];
    await data.loadIndex(week.from);
    expect(shown()).toEqual(['dev', 'new']);
  });

  it('are asked for page by page, each on the page where the server has it', async () => {
    answers.staff = Array.from({ length: 420 }, (_, i) => wanted(`w${i}`));
    await data.loadIndex(week.from);
    expect(shown()).toHaveLength(420);
    expect(answers.askedStaff.map((q) => [q.offset, q.limit])).toEqual([
      [0, 200],
      [200, 200],
      [400, 200],
    ]);
    answers.askedStaff = [];
    see('w3', 'w49', 'w401');
    see('w3', 'w49', 'w401');
    await settled();
    await settled();
    expect(answers.askedStaff.map((q) => [q.offset, q.limit])).toEqual([
      [0, 50],
      [400, 50],
    ]);
  });

  it('hold what they ask for, without capacity', async () => {
    answers.staff = [wanted('dev')];
    await data.loadIndex(week.from);
    see('dev');
    await settled();
    const cell = data.row('dev')?.cells.get(cellKey('week', week.from));
    expect([cell?.booked_minutes, cell?.tentative_minutes]).toEqual([1200, 60]);
    expect([cell?.capacity_minutes, cell?.overbooked]).toEqual([0, false]);
    expect(data.row('dev')?.assignments.has('work of dev')).toBe(true);
  });

  it('that moved to another page meanwhile are found there, and the order shown stays', async () => {
    answers.staff = [wanted('dev')];
    await data.loadIndex(week.from);
    answers.staff = [...Array.from({ length: 60 }, (_, i) => wanted(`a${i}`)), wanted('dev')];
    see('dev');
    for (let turn = 0; turn < 4; turn++) await settled();
    expect(data.row('dev')?.spans.has(week.key)).toBe(true);
    expect(shown()).toEqual(['dev']);
    expect(data.waiting?.staff.ids).toHaveLength(61);
  });

  it('are asked for by text, team and project, and by nothing that is said of people alone', async () => {
    const q = { q: 'dev', team_id: 't', project_id: 'p' };
    answers.staff = [wanted('dev')];
    const asked = async (filters: Filters) => {
      answers.askedStaff = [];
      data = new ScheduleData(answers as unknown as WorkspaceApi, filters, 'monday');
      await data.loadIndex(week.from);
      return [answers.askedStaff.length, shown()?.length];
    };
    expect(await asked({ ...q, group: 'team', sort: 'role' })).toEqual([1, 1]);
    expect(answers.askedStaff[0]).toMatchObject({ q: 'dev', team_id: 't', by: 'placeholder' });
    // Whose work is on a project differs by period, and with it the pages would.
    for (const other of ['sort', 'project_id'])
      expect(answers.askedStaff[0]).not.toHaveProperty(other);
    expect(await asked({ project_id: 'another' })).toEqual([1, 0]);
    for (const filter of [{ role: 'Dev' }, { skill_id: 's' }, { overbooked: true }])
      expect(await asked({ ...q, ...filter })).toEqual([0, 0]);
  });

  it('show themselves at once after a step of one’s own, and else when one wants to', async () => {
    await data.loadIndex(week.from);
    answers.rows = [row('ana', [])];
    data.acceptOrder();
    await data.loadIndex(week.from);
    answers.staff = [wanted('dev')];
    await data.checkIndex();
    expect([shown(), data.added]).toEqual([[], 0]);
    await data.followOwn();
    expect(shown()).toEqual(['dev']);
    expect(data.knows(['ana', 'dev'])).toBe(true);
  });
});
