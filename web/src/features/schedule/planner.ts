/** What one does to the plan: previews while a booking is under the hand, writes that show at once, undo. Figures wait for the server. */
import { isConflict, OfflineError } from '@/shared/api/client';
import type { PlanMessage } from '@/shared/api/liveBus';
import type {
  AssignmentBar,
  AssignmentPatch,
  AssignmentView,
  Batched,
  Command,
  ScheduleRow,
  Touched,
  Warning,
} from '@/shared/api/schema.gen';
import type { NameOf } from '@/shared/i18n/warning';
import { toDay, toIso } from '@/shared/lib/days';
import type { ScheduleData } from './data';
import { asQuery, cellsOf, endOf, type Cell, type RowData } from './rows';
import { copyCommand, isHandedOver, moveCommand, samePlace, type Draft } from './draft';
import type { Owner } from './owner';

export interface EditorState {
  /** `look` is for those who may not plan. */
  mode: 'create' | 'edit' | 'look';
  owner: Owner;
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
  /** `again` tries once more what somebody else's change stood in the way of. */
  refused: (error: unknown, again?: () => void) => void;
  undone: (label: string, again: boolean) => void;
  others: (name: string) => void;
}

/** What any write answers. */
type Done = Omit<Batched, 'results'>;

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
  private heard: { head: string; touched: Touched[]; changed: string[]; name: string }[] = [];
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
    const { origin } = draft;
    const shown = (commands: Command[]) => this.ui.held === draft && this.preview(commands);
    // What is on its way comes first: it may be about the same booking.
    void this.writes
      .then(() => this.commandsOf(draft, origin, crypto.randomUUID(), this.sourceOf))
      .then(shown, () => null);
  }

  /** The commands of a draft. A copy is made from the record, which `fetch` loads. */
  private async commandsOf(
    draft: Draft,
    origin: AssignmentBar,
    id: string,
    fetch: (bar: AssignmentBar) => Promise<AssignmentView>,
  ): Promise<Command[]> {
    if (draft.kind !== 'copy')
      return [moveCommand(draft, { ...origin, version: this.versionOf(origin) })];
    return [copyCommand(draft, await fetch(origin), id)];
  }

  /** The version of a booking by now: the reader's own step before may have raised it. */
  versionOf(bar: AssignmentBar): number {
    for (const row of this.data.allRows()) {
      const now = row.assignments.get(bar.id);
      if (now) return now.version;
    }
    return bar.version;
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
   * Sends commands as one step after showing what they do; takes it back and says why when they are refused. Steps keep their
   * order; commands given as a function are created when their turn comes.
   */
  async write(
    commands: Command[] | (() => Promise<Command[]>),
    show: () => void,
    rows: string[],
    text: string,
    again?: () => void,
  ): Promise<void> {
    const refused = (error: unknown) =>
      this.announcer.refused(error, isConflict(error) ? again : undefined);
    await this.save(commands, show, rows, text).catch(refused);
  }

  /** The same for a form, which says itself why it was refused. */
  save(
    commands: Command[] | (() => Promise<Command[]>),
    show: () => void,
    rows: string[],
    text: string,
  ): Promise<void> {
    const saved = rows.map((id) => this.data.row(id)).filter((p): p is RowData => p !== undefined);
    show();
    const work = async () => {
      try {
        const list = typeof commands === 'function' ? await commands() : commands;
        const period = this.data.period();
        const answer = await this.send(list, period ? asQuery(period) : {});
        const settled = this.settle(answer, period);
        const undo = () => void this.undo();
        const nameOf: NameOf = (id) => this.data.projects[id]?.name;
        const { warnings } = answer;
        this.announcer.done(text, list[list.length - 1]?.id ?? '', undo, { warnings, nameOf });
        await settled;
      } catch (error) {
        saved.forEach((p) => this.data.restore(p));
        if (!(error instanceof OfflineError)) await this.data.refresh(rows);
        throw error;
      } finally {
        this.preview(null);
      }
    };
    return this.inTurn(work);
  }

  /** A change of one booking goes to its own address, where a refusal says who was faster; several commands are one step. */
  private send(commands: Command[], query: Partial<ReturnType<typeof asQuery>>): Promise<Done> {
    const { api } = this.data;
    const [only] = commands;
    const isOne = commands.length === 1 && only?.resource === 'assignments';
    if (!isOne || !only.id || only.op === 'create')
      return api.call('run_commands', query, { body: { commands } });
    const at = { ...query, id: only.id };
    const expect = only.expect ?? undefined;
    if (only.op === 'delete') return api.call('remove_assignment', at, { expect });
    return api.call('change_assignment', at, { body: only.body as AssignmentPatch, expect });
  }

  /** Writes go one after another, whether the one before was refused or not. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.writes.then(work);
    this.writes = turn.catch(() => undefined);
    return turn;
  }

  /** Ends when the rows are as the answer leaves them: the next step is based on the versions that they have. */
  private async settle(
    answer: Pick<Done, 'head' | 'touched' | 'rows'>,
    period: ReturnType<ScheduleData['period']>,
  ): Promise<void> {
    this.ownHeads.push(answer.head);
    if (this.ownHeads.length > OWN_HEADS) this.ownHeads.shift();
    const touched = rowsOf(answer.touched);
    this.data.markStale(touched);
    if (answer.rows && period) this.data.absorb(answer.rows, period);
    // Rows name projects by id alone; whose projects are not known yet is asked for again, with their names.
    const hasUnknownProject = (row: ScheduleRow) =>
      row.assignments.some(
        (a) => !(a.project_id in this.data.projects) || this.data.provisional.has(a.project_id),
      );
    const got = new Set(answer.rows?.filter((r) => !hasUnknownProject(r)).map((r) => r.person_id));
    const rest = touched.filter((id) => !got.has(id));
    void this.data.refreshUtilization();
    if (!this.data.knows(touched)) void this.data.followOwn();
    if (rest.length > 0) await this.data.refresh(rest);
  }

  /** Writes where a booking was let go; answers its id, which is a new one for a copy. */
  drop(draft: Draft, text: string): string {
    const { origin } = draft;
    const id = draft.kind === 'copy' || !origin ? crypto.randomUUID() : origin.id;
    this.set({ held: null, byKeys: false });
    if (!origin) return id;
    const moved = {
      ...origin,
      // The step before may have been answered since the booking was taken up.
      version: this.versionOf(origin),
      start: toIso(draft.start),
      end: draft.end === null ? null : toIso(draft.end),
    };
    const show = () => {
      if (draft.kind === 'copy')
        return this.data.patch(draft.owner.id, id, {
          ...moved,
          id,
          lane: this.freeLane(draft.owner.id, moved),
        });
      if (!isHandedOver(draft)) return this.data.patch(draft.owner.id, origin.id, moved);
      this.data.patch(draft.from.id, origin.id, null);
      this.data.patch(draft.owner.id, origin.id, {
        ...moved,
        lane: this.freeLane(draft.owner.id, moved),
      });
    };
    const commands = () => this.commandsOf(draft, origin, id, this.record);
    const again = () => {
      const now = this.data.row(draft.from.id)?.assignments.get(origin.id);
      if (now) this.drop({ ...draft, origin: now }, text);
    };
    const rows = [...new Set([draft.from.id, draft.owner.id])];
    void this.write(commands, show, rows, text, again);
    return id;
  }

  /** A lane to draw a booking in until the server says which. */
  freeLane(rowId: string, a: { start: string; end: string | null }): number {
    const taken = new Set<number>();
    for (const other of this.data.row(rowId)?.assignments.values() ?? []) {
      if (toDay(other.start) <= endOf(a) && endOf(other) >= toDay(a.start)) taken.add(other.lane);
    }
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    return lane;
  }

  undo = () => this.step('undo');
  redo = () => this.step('redo');

  private step(which: 'undo' | 'redo'): Promise<void> {
    return this.inTurn(async () => {
      try {
        const period = this.data.period();
        const answer = await this.data.api.call(which, period ? asQuery(period) : {});
        const settled = this.settle(answer, period);
        this.announcer.undone(answer.label, which === 'redo');
        // Somebody may have come back by it, or gone.
        void this.data.followOwn();
        if (answer.touched.length === 0) this.invalidateAll();
        await settled;
      } catch (error) {
        this.announcer.refused(error);
      }
    });
  }

  hear = (m: PlanMessage) => {
    if (m.kind === 'reset') return this.invalidateAll();
    if (m.kind === 'reconnected') return void this.data.retry();
    const { head, touched, changed, actor } = m.change;
    if (this.ownHeads.includes(head)) return;
    this.heard.push({ head, touched, changed, name: actor?.name ?? '' });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.catchUp(), LIVE_MS);
  };

  private async catchUp() {
    const all = this.heard;
    this.heard = [];
    await this.writes;
    // Our own steps may be announced before their answers are read.
    const batch = all.filter(({ head }) => !this.ownHeads.includes(head));
    if (batch.length === 0) return;
    const ids = rowsOf(batch.flatMap((b) => b.touched));
    const beyondRows = batch.some(
      (b) => b.touched.length === 0 || b.touched.some((t) => rowOf(t) === null),
    );
    if (beyondRows) this.invalidateAll();
    // Somebody new, or back, or gone; a name may change the order.
    const aboutRows = batch.some((b) => b.changed.some((id) => ids.includes(id)));
    if (!beyondRows && (aboutRows || !this.data.knows(ids))) void this.data.checkIndex();
    this.data.markStale(ids);
    await this.data.refresh(ids);
    void this.data.refreshUtilization();
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

/** Whose row it is; null where everybody is touched. */
const rowOf = (t: Touched): string | null => t.person_id ?? t.placeholder_id ?? null;
const rowsOf = (touched: Touched[]): string[] => [
  ...new Set(touched.map(rowOf).filter((id) => id !== null)),
];
