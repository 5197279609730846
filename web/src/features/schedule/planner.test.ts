import { beforeEach, describe, expect, it } from 'vitest';
import { ApiError } from '@/shared/api/client';
import type {
  AssignmentBar,
  AssignmentView,
  Command,
  Touched,
  Warning,
} from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toDay } from '@/shared/lib/days';
import { omit } from '@/shared/lib/omit';
import { ScheduleData } from './data';
import { NEW_BAR, type Draft } from './draft';
import type { Owner } from './owner';
import { Planner, type Announcer } from './planner';
import { NO_STAFF } from './staff';

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
const record: AssignmentView = {
  // What a bar leaves out where it does not have it.
  include_non_working: false,
  location: null,
  notes: null,
  role: null,
  weekdays: null,
  ...omit(bar, 'tentative', 'lane'),
  person_id: 'ana',
  placeholder_id: null,
  // As the project is; the bar says what that comes to.
  billable: null,
};
const copied: Draft = {
  kind: 'copy',
  owner: person('bo'),
  from: person('ana'),
  origin: bar,
  start: toDay('2026-04-01'),
  end: toDay('2026-04-11'),
};

const warning: Warning = {
  code: 'no-load',
  detail: 'It counts nothing.',
  person_id: 'ana',
  project_id: 'p',
  assignment_id: 'a',
  dates: [],
  count: 0,
  minutes: 0,
};

/** A server that has one booking, and remembers what it was asked. */
class Server {
  asked: string[] = [];
  commands: Command[] = [];
  missing = false;
  conflict = false;
  knowsRows = false;
  index = ['ana'];
  touched: Touched[] = [];
  /** Titles of placeholders, in their order. */
  wanted: string[] = [];
  /** The change of one booking that it was sent last. */
  change: object = {};
  private staff = () => ({
    by: 'placeholder',
    total: this.wanted.length,
    projects: {},
    rows: this.wanted.map((id) => ({
      placeholder_id: id,
      version: 1,
      title: id,
      team_id: null,
      lanes: 0,
      demand_minutes: [],
      tentative_minutes: [],
      assignments: [],
    })),
  });
  call = (operation: string, params: object, options?: { body?: object; expect?: number }) => {
    this.asked.push(operation);
    if (options?.body && 'commands' in options.body)
      this.commands = options.body.commands as Command[];
    else if (options) this.change = { ...params, ...options };
    if (operation === 'get_assignment')
      return this.missing ? Promise.reject(new Error('gone')) : Promise.resolve(record);
    if (['run_commands', 'change_assignment'].includes(operation) && this.conflict)
      return Promise.reject(
        new ApiError({ type: 'x/precondition-failed', title: '', status: 412 }),
      );
    if (operation === 'schedule_index')
      return Promise.resolve({
        head: '1.3',
        total: this.index.length,
        groups: [],
        rows: { ids: this.index, lanes: this.index.map(() => 1) },
      });
    if (operation === 'schedule' && 'by' in params) return Promise.resolve(this.staff());
    if (operation === 'schedule' && this.knowsRows)
      return Promise.resolve({ by: 'person', rows: [], projects: {} });
    return Promise.resolve({
      head: '1.2',
      touched: this.touched,
      results: [],
      rows: [],
      warnings: [warning],
    });
  };
}

let server: Server;
let planner: Planner;
let data: ScheduleData;
let refused: unknown[];
let again: (() => void)[];
let heard: string[];
let warned: readonly Warning[];
beforeEach(() => {
  server = new Server();
  refused = [];
  again = [];
  heard = [];
  warned = [];
  data = new ScheduleData(server as unknown as WorkspaceApi, {}, 'monday');
  data.index = {
    head: '1.1',
    total: 1,
    groups: [],
    rows: { ids: ['ana'], lanes: [1] },
    staff: NO_STAFF,
  };
  data.want({ rows: [0], staff: [], from: copied.start, to: copied.start, bucket: 'week' });
  server.asked = [];
  const silent = () => undefined;
  const announcer: Omit<Announcer, 'refused'> = {
    done: (_text, _about, _undo, { warnings }) => (warned = warnings),
    undone: silent,
    others: (name) => heard.push(name),
  };
  planner = new Planner(data, {
    ...announcer,
    refused: (error, retry) => {
      refused.push(error);
      if (retry) again.push(retry);
    },
  });
});
const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('a copy', () => {
  it('is made from the record, not from what its bar shows', async () => {
    planner.drop(copied, '');
    await settled();
    const [command] = server.commands;
    expect(command?.body).toStrictEqual({
      ...omit(record, 'id', 'version'),
      person_id: 'bo',
      start: '2026-04-01',
      end: '2026-04-11',
    });
    expect(server.asked).toEqual(['get_assignment', 'run_commands']);
  });

  it('asks for the record once while it is dragged about', async () => {
    planner.hold(copied);
    await settled();
    planner.hold({ ...copied, start: copied.start + 1 });
    await settled();
    expect(server.asked).toEqual(['get_assignment', 'preview', 'preview']);
  });

  it('shows what the server would warn of, and says it once it was done', async () => {
    planner.hold(copied);
    await settled();
    expect(planner.getUi().warnings).toEqual([warning]);
    planner.drop(copied, 'copied');
    await settled();
    expect(planner.getUi().warnings).toEqual([]);
    expect(warned).toEqual([warning]);
  });

  it('shows no preview once it was let go', async () => {
    planner.hold(copied);
    planner.hold(null);
    await settled();
    expect(server.asked).toEqual(['get_assignment']);
  });

  it('is refused where there is no record any more', async () => {
    server.missing = true;
    planner.drop(copied, '');
    await settled();
    expect(refused).toHaveLength(1);
    expect(server.asked).not.toContain('run_commands');
  });
});

describe('a step', () => {
  const update = (id: string): Command => ({
    op: 'update',
    resource: 'assignments',
    id,
    expect: 7,
    body: { notes: 'Keys' },
  });
  const send = (...commands: Command[]) => planner.save(commands, () => undefined, [], '');

  it('that changes or removes one booking goes to its address, where a refusal says who was faster', async () => {
    await send(update('a'));
    expect(server.change).toMatchObject({ id: 'a', expect: 7, body: { notes: 'Keys' } });
    await send({ op: 'delete', resource: 'assignments', id: 'a', expect: 8 });
    expect(server.change).toMatchObject({ id: 'a', expect: 8 });
    expect(server.asked).toEqual(['change_assignment', 'remove_assignment']);
  });

  it('of several commands is done as a whole or not at all', async () => {
    await send(update('a'), update('b'));
    expect(server.asked).toEqual(['run_commands']);
    expect(server.commands).toHaveLength(2);
  });
});

describe('a change that is refused', () => {
  it('is told to the form that sent it, and shown no longer', async () => {
    server.conflict = true;
    let shown = 0;
    const sent = planner.save([], () => (shown += 1), [], '');
    await expect(sent).rejects.toBeInstanceOf(ApiError);
    expect(shown).toBe(1);
    expect(refused).toEqual([]);
  });

  it('does not stand in the way of the next', async () => {
    server.conflict = true;
    await planner.save([], () => undefined, [], '').catch(() => undefined);
    server.conflict = false;
    await planner.save([], () => undefined, [], '');
    expect(server.asked.filter((what) => what === 'run_commands')).toHaveLength(2);
  });

  it('may be tried again on what is there by then, where somebody else was faster', async () => {
    const known = { name: 'Ana', jobTitle: null, teamId: null, version: 1, stale: false };
    const none = { timeOff: new Map(), holidays: new Map(), workedDays: new Map() };
    const ana = { ...person('ana'), ...known, ...none, cells: new Map(), spans: new Set<string>() };
    data.restore({ ...ana, assignments: new Map([['a', bar]]) });
    server.conflict = true;
    planner.drop({ ...copied, kind: 'move', owner: person('ana') }, 'moved');
    await settled();
    expect(again).toHaveLength(1);
    server.conflict = false;
    data.restore({ ...ana, assignments: new Map([['a', { ...bar, version: 8 }]]) });
    again[0]?.();
    await settled();
    expect(server.change).toMatchObject({ id: 'a', expect: 8, body: { start: '2026-04-01' } });
    expect(refused).toHaveLength(1);
  });
});

describe('a booking that is taken up before the step before is answered', () => {
  const ana = { ...person('ana'), name: 'Ana', jobTitle: null, teamId: null, version: 1 };
  const none = { timeOff: new Map(), holidays: new Map(), workedDays: new Map() };
  const row = (version: number) => ({
    ...ana,
    ...none,
    cells: new Map(),
    spans: new Set<string>(),
    stale: false,
    assignments: new Map([['a', { ...bar, version }]]),
  });

  it('is let go on what that step made of it, and is previewed no sooner', async () => {
    data.restore(row(7));
    let answer: (commands: Command[]) => void = () => undefined;
    const before = new Promise<Command[]>((resolve) => (answer = resolve));
    const first = planner.save(
      () => before,
      () => undefined,
      [],
      '',
    );
    const held: Draft = { ...copied, kind: 'move', owner: person('ana') };
    planner.hold(held);
    await settled();
    expect(server.asked).toEqual([]);
    data.restore(row(8));
    answer([]);
    await first;
    await settled();
    expect(server.asked).toContain('preview');
    expect(server.commands[0]?.expect).toBe(8);
    planner.drop(held, 'moved');
    await settled();
    expect(server.change).toMatchObject({ id: 'a', expect: 8 });
  });
});

describe('the news of others', () => {
  const change = (head: string, person: string, name: string) => ({
    kind: 'change' as const,
    change: {
      head,
      actor: { name, user_id: 'u' },
      changed: [person],
      touched: [{ person_id: person, from: '2026-03-01', to: '2026-03-31' }],
    },
  });
  const later = () => new Promise((resolve) => setTimeout(resolve, 120));

  it('offer new people, and move nothing by themselves', async () => {
    await data.loadIndex(copied.start);
    server.index = ['ana', 'bo', 'cy'];
    planner.hear(change('1.9', 'bo', 'Dana'));
    await later();
    expect(data.index?.rows.ids).toEqual(['ana']);
    expect(data.added).toBe(2);
    data.acceptOrder();
    expect(data.index?.rows.ids).toEqual(['ana', 'bo', 'cy']);
    expect(data.added).toBe(0);
    expect(heard).toEqual(['Dana']);
  });

  it('are not one’s own step, even where that is announced before its answer is read', async () => {
    const undone = planner.undo();
    planner.hear(change('1.2', 'ana', 'Me'));
    await undone;
    await later();
    expect(heard).toEqual([]);
    expect(planner.getUi().flashes.size).toBe(0);
  });
});

describe('a placeholder', () => {
  const touched = { from: '2026-03-01', to: '2026-03-31', person_id: null };

  it('that others change is no change of everybody', async () => {
    server.wanted = ['dev'];
    await data.loadIndex(copied.start);
    let all = 0;
    planner.invalidateAll = () => (all += 1);
    const change = { head: '1.9', actor: null, changed: ['a'] };
    const news = (placeholder_id?: string) =>
      planner.hear({
        kind: 'change',
        change: { ...change, touched: [{ ...touched, placeholder_id }] },
      });
    news('dev');
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(all).toBe(0);
    news();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(all).toBe(1);
  });

  it('has its bookings’ versions from one step when the next begins', async () => {
    server.wanted = ['dev'];
    await data.loadIndex(copied.start);
    data.want({ rows: [], staff: ['dev'], from: copied.start, to: copied.start, bucket: 'week' });
    await settled();
    server.touched = [{ ...touched, placeholder_id: 'dev' }];
    const order: string[] = [];
    const command = (id: string) => () => {
      order.push(`${id} at ${server.asked.filter((what) => what === 'schedule').length}`);
      return Promise.resolve<Command[]>([]);
    };
    const before = server.asked.filter((what) => what === 'schedule').length;
    void planner.save(command('first'), () => undefined, ['dev'], '');
    await planner.save(command('second'), () => undefined, ['dev'], '');
    expect(order).toEqual([`first at ${before}`, `second at ${before + 1}`]);
  });

  it('is written as a command, which no address of a booking is asked', async () => {
    const command = { op: 'update', resource: 'placeholders', id: 'dev', expect: 1, body: {} };
    await planner.save([command as Command], () => undefined, ['dev'], '');
    expect(server.asked.filter((what) => what !== 'schedule')).toEqual(['run_commands']);
  });
});

describe('what could not be had', () => {
  it('is told until it is there, whatever else arrives meanwhile', async () => {
    // The rows that were wanted before each test came in no form that could be read.
    await settled();
    expect(data.failure).not.toBeNull();
    await data.loadIndex(copied.start);
    expect(data.index?.rows.ids).toEqual(['ana']);
    expect(data.failure).not.toBeNull();
    server.knowsRows = true;
    await data.retry();
    await settled();
    expect(data.failure).toBeNull();
  });

  it('is asked for again once the server answers', async () => {
    const fails = () => Promise.reject(new TypeError('offline'));
    const answers = server.call;
    server.call = fails as unknown as typeof answers;
    await data.loadIndex(copied.start);
    expect(data.failure).not.toBeNull();
    server.call = answers;
    server.knowsRows = true;
    planner.hear({ kind: 'reconnected' });
    await settled();
    expect(data.failure).toBeNull();
    expect(data.index?.rows.ids).toEqual(['ana']);
  });
});
