import { beforeEach, describe, expect, it } from 'vitest';
import type { AssignmentBar, AssignmentView, Command, Warning } from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toDay } from '@/shared/lib/days';
import { omit } from '@/shared/lib/omit';
import { ScheduleData } from './data';
import { NEW_BAR, type Draft } from './draft';
import { Planner, type Announcer } from './planner';

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
  personId: 'bo',
  fromPersonId: 'ana',
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
  call = (operation: string, _: object, options?: { body?: { commands: Command[] } }) => {
    this.asked.push(operation);
    this.commands = options?.body?.commands ?? this.commands;
    if (operation === 'get_assignment')
      return this.missing ? Promise.reject(new Error('gone')) : Promise.resolve(record);
    return Promise.resolve({
      head: '1.2',
      touched: [],
      results: [],
      rows: [],
      warnings: [warning],
    });
  };
}

let server: Server;
let planner: Planner;
let refused: unknown[];
let warned: readonly Warning[];
beforeEach(() => {
  server = new Server();
  refused = [];
  warned = [];
  const data = new ScheduleData(server as unknown as WorkspaceApi, {}, 'monday');
  data.index = { head: '1.1', total: 1, groups: [], rows: { ids: ['ana'], lanes: [1] } };
  data.want({ rowFrom: 0, rowTo: 0, from: copied.start, to: copied.start, bucket: 'week' });
  server.asked = [];
  const silent = () => undefined;
  const announcer: Omit<Announcer, 'refused'> = {
    done: (_text, _about, _undo, { warnings }) => (warned = warnings),
    undone: silent,
    others: silent,
  };
  planner = new Planner(data, { ...announcer, refused: (error) => refused.push(error) });
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
