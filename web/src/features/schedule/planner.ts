/** What one does to the plan: previews while a booking is under the hand, writes that show at once, undo. Figures wait for the server. */
import { ApiError, OfflineError } from '@/shared/api/client';
import type { PlanMessage } from '@/shared/api/liveBus';
import type {
  AssignmentBar,
  AssignmentView,
  Batched,
  Command,
  ScheduleRow,
  Touched,
  Warning,
} from '@/shared/api/schema.gen';
import type { NameOf } from '@/shared/i18n/warning';
import { toDay, toIso } from '@/shared/lib/days';
import { asQuery, cellsOf, endOf, type Cell, type Person, type ScheduleData } from './data';
import { copyCommand, moveCommand, samePlace, type Draft } from './draft';

export interface EditorState {
  mode: 'create' | 'edit';
  personId: string;
  start: number;
  end: number | null;
  assignment: AssignmentBar | null;
}
export interface Ui {
  cursor: { item: number; day: number } | null;
  selected: string | null;
  held: Draft | null;
  /** Whether the booking in hand is moved by keys. */
  byKeys: boolean;
  editor: EditorState | null;
  /** Bookings that others just changed, with their initials. */
  flashes: ReadonlyMap<string, string>;
  preview: ReadonlyMap<string, ReadonlyMap<string, Cell>>;
  /** What the server would warn of in what is previewed. */
  warnings: readonly Warning[];
}
export interface Announcer {
  /** `about` is the booking: a second change to it takes the place of the first's sentence. */
  done: (
    text: string,
    about: string,
    undo: () => void,
    warned: { warnings: readonly Warning[]; nameOf: NameOf },
  ) => void;
  refused: (error: unknown) => void;
  undone: (label: string, again: boolean) => void;
  others: (name: string) => void;
}

const LIVE_MS = 80;
const FLASH_MS = 2000;
const OWN_HEADS = 50;
const NONE: Ui['preview'] = new Map();
const NO_WARNINGS: Ui['warnings'] = [];

export class Planner {
  readonly data: ScheduleData;
  private ui: Ui = {
    cursor: null,
    selected: null,
    held: null,
    byKeys: false,
    editor: null,
    flashes: new Map(),
    preview: NONE,
    warnings: NO_WARNINGS,
  };
  private readonly listeners = new Set<() => void>();
  private readonly ownHeads: string[] = [];
  private writes: Promise<unknown> = Promise.resolve();
  private asking = false;
  private wanted: Command[] | null = null;
  private source: { key: string; record: Promise<AssignmentView> } | null = null;
  private heard: { touched: Touched[]; changed: string[]; name: string }[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  announcer: Announcer;

  constructor(data: ScheduleData, announcer: Announcer) {
    this.data = data;
    this.announcer = announcer;
  }

  subscribe = (l: () => void) => {
    this.listeners.add(l);
    return () => void this.listeners.delete(l);
  };
  getUi = () => this.ui;
  set(part: Partial<Ui>) {
    this.ui = { ...this.ui, ...part };
    this.listeners.forEach((l) => l());
  }

  /** The booking in hand; the server is asked what it would do whenever its snapped place changes. */
  hold(draft: Draft | null, byKeys = false) {
    const before = this.ui.held;
    if (samePlace(before, draft)) return;
    this.set({ held: draft, byKeys: draft !== null && byKeys });
    if (!draft?.origin) return this.preview(null);
    const shown = (commands: Command[]) => this.ui.held === draft && this.preview(commands);
    void this.commandsOf(draft, draft.origin, crypto.randomUUID(), this.sourceOf).then(
      shown,
      () => null,
    );
  }

  /** The commands of a draft. A copy is made from the record, which `fetch` loads. */
  private async commandsOf(
    draft: Draft,
    origin: AssignmentBar,
    id: string,
    fetch: (bar: AssignmentBar) => Promise<AssignmentView>,
  ): Promise<Command[]> {
    if (draft.kind !== 'copy') return [moveCommand(draft, origin)];
    return [copyCommand(draft, await fetch(origin), id)];
  }

  /** Loads the stored booking; its bar has effective values only. */
  record = (bar: AssignmentBar): Promise<AssignmentView> =>
    this.data.api.call('get_assignment', { id: bar.id });

  /** The record of the booking that is being dragged, cached for the previews of one drag. */
  private sourceOf = (bar: AssignmentBar): Promise<AssignmentView> => {
    const key = `${bar.id}:${bar.version}`;
    if (this.source?.key === key) return this.source.record;
    const record = this.record(bar);
    this.source = { key, record };
    record.catch(() => (this.source = null));
    return record;
  };

  /** Shows what commands would do; one question is under way at a time and the newest wins. */
  preview(commands: Command[] | null) {
    this.wanted = commands;
    if (commands === null) {
      const { preview, warnings } = this.ui;
      if (preview !== NONE || warnings !== NO_WARNINGS)
        this.set({ preview: NONE, warnings: NO_WARNINGS });
      return;
    }
    if (!this.asking) void this.ask();
  }

  private async ask() {
    this.asking = true;
    while (this.wanted) {
      const commands = this.wanted;
      const period = this.data.period();
      if (!period) break;
      const answer = await this.data.api
        .call('preview', asQuery(period), { body: { commands } })
        .catch(() => null);
      if (this.wanted !== commands) continue;
      const rows = (answer?.rows ?? []).map(
        (r) => [r.person_id, cellsOf(r, period, this.data.weekStart)] as const,
      );
      this.set({
        preview: answer ? new Map(rows) : NONE,
        warnings: answer?.warnings ?? NO_WARNINGS,
      });
      break;
    }
    this.asking = false;
  }

  /**
   * Sends commands as one step after showing what they do; takes it back when they are refused. Steps keep their order;
   * commands given as a function are created when their turn comes.
   */
  write(
    commands: Command[] | (() => Promise<Command[]>),
    show: () => void,
    people: string[],
    text: string,
  ): Promise<boolean> {
    const saved = people
      .map((id) => this.data.person(id))
      .filter((p): p is Person => p !== undefined);
    show();
    const send = async () => {
      try {
        const list = typeof commands === 'function' ? await commands() : commands;
        const period = this.data.period();
        const query = period ? asQuery(period) : {};
        const body = { commands: list };
        const answer = await this.data.api.call('run_commands', query, { body });
        this.settle(answer, period);
        const undo = () => void this.undo();
        const nameOf: NameOf = (id) => this.data.projects[id]?.name;
        const { warnings } = answer;
        this.announcer.done(text, list[list.length - 1]?.id ?? '', undo, { warnings, nameOf });
        return true;
      } catch (error) {
        saved.forEach((p) => this.data.restore(p));
        this.announcer.refused(error);
        if (!(error instanceof OfflineError)) void this.data.refresh(people);
        return false;
      } finally {
        this.preview(null);
      }
    };
    const turn = this.writes.then(send);
    this.writes = turn;
    return turn;
  }

  private settle(
    answer: Pick<Batched, 'head' | 'touched' | 'rows'>,
    period: ReturnType<ScheduleData['period']>,
  ) {
    this.ownHeads.push(answer.head);
    if (this.ownHeads.length > OWN_HEADS) this.ownHeads.shift();
    const touched = peopleOf(answer.touched);
    this.data.markStale(touched);
    if (answer.rows && period) this.data.absorb(answer.rows, period);
    // Rows name projects by id alone; whose projects are not known yet is asked for again, with their names.
    const hasUnknownProject = (row: ScheduleRow) =>
      row.assignments.some(
        (a) => !(a.project_id in this.data.projects) || this.data.provisional.has(a.project_id),
      );
    const got = new Set(answer.rows?.filter((r) => !hasUnknownProject(r)).map((r) => r.person_id));
    const rest = touched.filter((id) => !got.has(id));
    if (rest.length > 0) void this.data.refresh(rest);
  }

  drop(draft: Draft, text: string) {
    const id = crypto.randomUUID();
    const origin = draft.origin;
    this.set({ held: null, byKeys: false });
    if (!origin) return;
    const moved = {
      ...origin,
      start: toIso(draft.start),
      end: draft.end === null ? null : toIso(draft.end),
    };
    const show = () => {
      if (draft.kind === 'copy')
        return this.data.patch(draft.personId, id, {
          ...moved,
          id,
          lane: this.freeLane(draft.personId, moved),
        });
      if (draft.personId === draft.fromPersonId)
        return this.data.patch(draft.personId, origin.id, moved);
      this.data.patch(draft.fromPersonId, origin.id, null);
      this.data.patch(draft.personId, origin.id, {
        ...moved,
        lane: this.freeLane(draft.personId, moved),
      });
    };
    const commands = () => this.commandsOf(draft, origin, id, this.record);
    void this.write(commands, show, [...new Set([draft.fromPersonId, draft.personId])], text);
  }

  /** A lane to draw a booking in until the server says which. */
  freeLane(personId: string, a: { start: string; end: string | null }): number {
    const taken = new Set<number>();
    for (const other of this.data.person(personId)?.assignments.values() ?? []) {
      if (toDay(other.start) <= endOf(a) && endOf(other) >= toDay(a.start)) taken.add(other.lane);
    }
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    return lane;
  }

  undo = () => this.step('undo');
  redo = () => this.step('redo');

  private async step(which: 'undo' | 'redo') {
    await this.writes;
    try {
      const period = this.data.period();
      const answer = await this.data.api.call(which, period ? asQuery(period) : {});
      this.settle(answer, period);
      this.announcer.undone(answer.label, which === 'redo');
      if (answer.touched.length === 0) this.invalidateAll();
    } catch (error) {
      this.announcer.refused(error);
    }
  }

  hear = (m: PlanMessage) => {
    if (m.kind === 'reset') return this.invalidateAll();
    const { head, touched, changed, actor } = m.change;
    if (this.ownHeads.includes(head)) return;
    this.heard.push({ touched, changed, name: actor?.name ?? '' });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.catchUp(m.change.head), LIVE_MS);
  };

  private async catchUp(head: string) {
    const batch = this.heard;
    this.heard = [];
    await this.writes;
    // Our own step may be announced before its answer is read.
    if (batch.length === 1 && this.ownHeads.includes(head)) return;
    const ids = peopleOf(batch.flatMap((b) => b.touched));
    const beyondPeople = batch.some(
      (b) => b.touched.length === 0 || b.touched.some((t) => t.person_id === null),
    );
    if (beyondPeople) this.invalidateAll();
    this.data.markStale(ids);
    await this.data.refresh(ids);
    const shown = new Map(batch.flatMap((b) => b.changed.map((id) => [id, b.name] as const)));
    this.set({ flashes: new Map([...this.ui.flashes, ...shown]) });
    const last = batch[batch.length - 1];
    if (last?.name) this.announcer.others(last.name);
    setTimeout(
      () => this.set({ flashes: new Map([...this.ui.flashes].filter(([id]) => !shown.has(id))) }),
      FLASH_MS,
    );
  }

  /** Set by the screen: fetch order and rows in sight again. */
  invalidateAll: () => void = () => undefined;
}

const peopleOf = (touched: Touched[]): string[] => [
  ...new Set(touched.map((t) => t.person_id).filter((id): id is string => id !== null)),
];

export const isStaleDrop = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 412 || error.slug === 'precondition-failed');
