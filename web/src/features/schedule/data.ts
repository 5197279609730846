/** The rows that are known so far: who stands where, and by row and piece of time the bookings and figures. Figures come from the server alone. */
import type { TenantParams } from '@/shared/api/operations';
import type * as T from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toIso } from '@/shared/lib/days';
import { weekOf, type WeekStart } from '@/shared/lib/period';
import { spansBetween, type Span } from './blocks';
import { MOST_LANES } from './measures';
import { asQuery, periodOf, personRow, placeholderRow, type Period, type RowData } from './rows';
import { askStaff, askStaffOrder, NO_STAFF, staffFilters, type Staff } from './staff';

export type Filters = Pick<
  TenantParams<'schedule'>,
  'q' | 'group' | 'sort' | 'overbooked' | 'project_id' | 'team_id' | 'role' | 'skill_id'
>;
/** Who has a row, in their order: people, and placeholders above them. */
export interface Order extends T.ScheduleIndex {
  staff: Staff;
}
/** What of the grid is in sight: people by their places in the order, placeholders, and days. */
export interface Window {
  rows: number[];
  staff: string[];
  from: number;
  to: number;
  bucket: T.Bucket;
}

const ROWS = 50;
const INDEX_DAYS = 91;
/** What is asked for beside the blocks of rows. */
const ORDER = 'order';
const STAFF = 'order of placeholders';
const CHANGED = 'changed';

const sameOrder = (a: Order, b: Order) =>
  String(a.rows.ids) === String(b.rows.ids) && String(a.staff.ids) === String(b.staff.ids);

export class ScheduleData {
  index: Order | null = null;
  /** A newer order than the one shown, kept until it is asked for. */
  waiting: Order | null = null;
  projects: Record<string, T.ProjectLabel> = {};
  /** Projects whose label is only what was typed. */
  readonly provisional = new Set<string>();
  utilization = new Map<string, number | null>();
  readonly api: WorkspaceApi;
  readonly filters: Filters;
  readonly weekStart: WeekStart;
  private rows = new Map<string, RowData>();
  private lanes = new Map<string, number>();
  /** Where the server has the placeholders by now, whose rows it gives by pages alone. */
  private offsets: Staff['offsets'] = new Map();
  private inFlight = new Set<string>();
  /** What could not be had, by what was asked for. */
  private readonly failures = new Map<string, unknown>();
  private window: Window | null = null;
  /** The days that utilization was asked for last. */
  private shownDays: { from: number; to: number } | null = null;
  /** Rows that show all of their lanes. */
  private readonly opened = new Set<string>();
  /** The days that the order is about. */
  private indexed: { from: number; to: number } | null = null;
  private asked: { from: number; to: number } | null = null;
  private following = false;
  private version = 0;
  private layoutVersion = 0;
  private listeners = new Set<() => void>();
  private closing = new AbortController();

  constructor(api: WorkspaceApi, filters: Filters, weekStart: WeekStart) {
    this.api = api;
    this.filters = filters;
    this.weekStart = weekStart;
  }

  subscribe = (l: () => void) => {
    this.listeners.add(l);
    return () => void this.listeners.delete(l);
  };
  getVersion = () => this.version;
  /** The first error of what could not be had and is still missing. */
  get failure(): unknown {
    const [first = null] = this.failures.values();
    return first;
  }
  getLayoutVersion = () => this.layoutVersion;
  row = (id: string) => this.rows.get(id);
  allRows = () => this.rows.values();
  /** The days that the order is about; null until there is one. */
  getDays = () => this.indexed;
  close() {
    this.closing.abort();
  }
  reopen() {
    this.closing = new AbortController();
    this.inFlight.clear();
  }
  private notify() {
    this.version += 1;
    this.listeners.forEach((l) => l());
  }

  private spans = (p: Period) => spansBetween(p.bucket, p.from, p.to, this.weekStart);

  /** Lanes a row needs: by the index at first, and by what is known since. */
  laneCount = (id: string) => this.lanes.get(id) ?? 1;

  /** Lanes that a row shows; its other bookings are counted until it is opened. */
  lanesShown = (id: string) => (this.opened.has(id) ? Infinity : MOST_LANES);
  toggle(id: string, open = !this.opened.has(id)) {
    if (open) this.opened.add(id);
    else this.opened.delete(id);
    this.layoutVersion += 1;
    this.notify();
  }

  /** Whether all of these have a row. */
  knows(ids: string[]): boolean {
    const known = new Set([...(this.index?.rows.ids ?? []), ...(this.index?.staff.ids ?? [])]);
    return ids.every((id) => known.has(id));
  }

  async loadIndex(from: number, to = from + INDEX_DAYS - 1): Promise<void> {
    this.asked = { from, to };
    await this.guarded(ORDER, async () => {
      this.show(await this.askIndex(from, to));
      this.indexed = { from, to };
    });
  }

  private show(order: Order) {
    this.index = order;
    this.waiting = null;
    order.rows.ids.forEach((id, i) => this.lanes.set(id, order.rows.lanes[i] ?? 1));
    order.staff.lanes.forEach((lanes, id) => this.lanes.set(id, lanes));
    this.layoutVersion += 1;
  }

  /** Asks who has a row where the period in sight is another than the order's: rows are of those who are in it. */
  async follow(from: number, to: number): Promise<void> {
    const known = this.indexed;
    if (!known || this.following || (known.from <= from && to <= known.to)) return;
    this.following = true;
    const first = weekOf(from, this.weekStart).from;
    await this.loadIndex(first, Math.max(to, first + INDEX_DAYS - 1));
    this.following = false;
  }

  /** Looks whether rows came, went or changed places; nothing moves until `acceptOrder`. */
  async checkIndex(): Promise<void> {
    const period = this.indexed;
    const fresh = period && (await this.askIndex(period.from, period.to).catch(() => null));
    if (!fresh || !this.index || sameOrder(fresh, this.index)) return;
    this.waiting = fresh;
    if (this.index.total + this.index.staff.ids.length === 0) this.acceptOrder();
    else this.notify();
  }
  /** How many people are new in the order that waits. */
  get added(): number {
    const known = new Set(this.index?.rows.ids);
    return this.waiting?.rows.ids.filter((id) => !known.has(id)).length ?? 0;
  }
  /** Shows at once whom a step of the reader's own has brought or taken. */
  async followOwn(): Promise<void> {
    await this.checkIndex();
    const { waiting, index } = this;
    if (!waiting || !index) return;
    const staff = String(waiting.staff.ids) !== String(index.staff.ids);
    if (staff || this.added > 0 || waiting.total !== index.total) this.acceptOrder();
  }
  acceptOrder() {
    if (!this.waiting) return;
    this.show(this.waiting);
    this.notify();
    if (this.window) this.want(this.window);
  }

  private async askIndex(from: number, to: number): Promise<Order> {
    const { api, filters } = this;
    const { signal } = this.closing;
    const query = { ...filters, from: toIso(from), to: toIso(to) };
    const [index, staff] = await Promise.all([
      api.call('schedule_index', query, { signal }),
      this.staffOrder(from, to),
    ]);
    return { ...index, staff };
  }
  /** The order of placeholders. People are not kept waiting for it: where it cannot be had, the one of before stays. */
  private async staffOrder(from: number, to: number): Promise<Staff> {
    let staff = this.index?.staff ?? NO_STAFF;
    await this.guarded(STAFF, async () => {
      staff = await askStaffOrder(this.api, this.filters, from, to, this.closing.signal);
      this.offsets = staff.offsets;
    });
    return staff;
  }
  private askRows(query: RowsQuery): Promise<T.Schedule> {
    return askRows(this.api, query, this.closing.signal);
  }
  private async guarded(what: string, work: () => Promise<void>) {
    try {
      await work();
      this.failures.delete(what);
    } catch (error) {
      if (this.closing.signal.aborted) return;
      this.failures.set(what, error);
    }
    this.notify();
  }

  /** Fetches what is in sight and not known yet, in blocks of 50 rows by one piece of time. */
  want(w: Window) {
    this.window = w;
    const blocks = new Map<number, string[]>();
    for (const row of w.rows) {
      const id = this.index?.rows.ids[row];
      const block = Math.floor(row / ROWS);
      if (id !== undefined) blocks.set(block, [...(blocks.get(block) ?? []), id]);
    }
    for (const span of this.spans(w)) {
      const unknown = w.staff.filter((id) => !this.rows.get(id)?.spans.has(span.key));
      for (const [block, ids] of this.staffBlocks(unknown))
        void this.fetchOnce(`staff ${block}`, span, (period) => this.fetchStaff(ids, period));
      for (const [block, rows] of blocks) {
        if (rows.every((id) => this.rows.get(id)?.spans.has(span.key))) continue;
        void this.fetchBlock(block, span, rows);
      }
    }
  }

  /** Which people have a row in sight. */
  private inSight(): string[] {
    const ids = this.index?.rows.ids ?? [];
    return (this.window?.rows ?? []).flatMap((row) => ids[row] ?? []);
  }

  /** Nothing is asked for twice at a time. */
  private async fetchOnce(what: string, span: Span, fetch: (period: Period) => Promise<void>) {
    const key = `${what}/${span.key}`;
    if (this.inFlight.has(key)) return;
    this.inFlight.add(key);
    await this.guarded(key, () => fetch(periodOf(span)));
    this.inFlight.delete(key);
  }

  private fetchBlock(block: number, span: Span, wanted: string[]) {
    return this.fetchOnce(String(block), span, async (period) => {
      const offset = block * ROWS;
      const query = { ...this.filters, ...asQuery(period), offset, limit: ROWS };
      this.take(await this.askRows(query), period);
      const missing = wanted.filter((id) => !this.rows.get(id)?.spans.has(span.key));
      if (missing.length > 0) await this.fetchPeople(missing, period);
    });
  }

  private async fetchRows(ids: string[], period: Period) {
    const [staff, people] = [ids.filter(this.isStaff), ids.filter((id) => !this.isStaff(id))];
    await Promise.all([
      people.length > 0 && this.fetchPeople(people, period),
      staff.length > 0 && this.fetchStaff(staff, period),
    ]);
  }

  private isStaff = (id: string) =>
    this.offsets.has(id) || this.rows.get(id)?.kind === 'placeholder';

  /** Placeholders by the pages that the server has them on. */
  private staffBlocks(ids: string[]): Map<number, string[]> {
    const blocks = new Map<number, string[]>();
    for (const id of ids) {
      const block = Math.floor((this.offsets.get(id) ?? 0) / ROWS);
      blocks.set(block, [...(blocks.get(block) ?? []), id]);
    }
    return blocks;
  }

  /** Placeholders that are not where they were have moved to another page meanwhile, or are gone. */
  private async fetchStaff(ids: string[], period: Period) {
    const missing = await this.readStaff(ids, period);
    if (missing.length === 0) return;
    await this.checkIndex();
    for (const id of await this.readStaff(missing, period)) this.rows.delete(id);
  }

  /** Answers which of them were not there. */
  private async readStaff(ids: string[], period: Period): Promise<string[]> {
    const found = new Set<string>();
    for (const block of this.staffBlocks(ids).keys()) {
      const query = { ...staffFilters(this.filters), ...asQuery(period), limit: ROWS };
      const page = { ...query, offset: block * ROWS };
      const answer = await askStaff(this.api, page, this.closing.signal);
      this.noteProjects(answer.projects);
      this.absorbStaff(answer, period);
      for (const row of answer.rows) found.add(row.placeholder_id);
    }
    return ids.filter((id) => !found.has(id));
  }

  private async fetchPeople(ids: string[], period: Period) {
    for (let i = 0; i < ids.length; i += ROWS) {
      const part = ids.slice(i, i + ROWS);
      const answer = await this.askRows({
        people: part.join(','),
        ...asQuery(period),
        limit: ROWS,
      });
      this.take(answer, period);
      // Who is gone meanwhile gets an empty row, so that nobody asks for them again and again.
      const known = new Set(answer.rows.map((r) => r.person_id));
      for (const id of part) if (!known.has(id)) this.rows.delete(id);
    }
  }

  private take(answer: T.Schedule, period: Period) {
    this.noteProjects(answer.projects);
    this.absorb(answer.rows, period);
  }

  private noteProjects(projects: T.Schedule['projects']) {
    this.projects = { ...this.projects, ...projects };
    for (const id of Object.keys(projects)) this.provisional.delete(id);
  }

  /** Takes rows that the server worked out for a period as the truth about it. */
  absorb(rows: T.ScheduleRow[], period: Period) {
    for (const row of rows) {
      const { person_id: id } = row;
      this.rows.set(id, personRow(this.rows.get(id), row, period, this.weekStart));
      this.noteLanes(id, row.assignments);
    }
    this.notify();
  }

  private absorbStaff({ rows }: Pick<T.PlaceholderSchedule, 'rows'>, period: Period) {
    for (const row of rows) {
      const { placeholder_id: id } = row;
      this.rows.set(id, placeholderRow(this.rows.get(id), row, period, this.weekStart));
      this.noteLanes(id, row.assignments);
    }
    this.notify();
  }

  private noteLanes(id: string, bars: T.AssignmentBar[]) {
    const lanes = Math.max(1, ...bars.map((a) => a.lane + 1));
    if (lanes <= (this.lanes.get(id) ?? 0)) return;
    this.lanes.set(id, lanes);
    this.layoutVersion += 1;
  }

  /** The pieces of time in sight as one period, for requests about a few people. */
  period(): Period | null {
    if (!this.window) return null;
    const spans = this.spans(this.window);
    const [first, last] = [spans[0], spans[spans.length - 1]];
    return first && last ? { from: first.from, to: last.to, bucket: this.window.bucket } : null;
  }

  /** Marks figures as not confirmed, and forgets what of these rows is out of sight. */
  markStale(ids: Iterable<string>) {
    const period = this.period();
    const kept = new Set(period ? this.spans(period).map((s) => s.key) : []);
    for (const id of ids) {
      const p = this.rows.get(id);
      if (p)
        this.rows.set(id, {
          ...p,
          stale: true,
          spans: new Set([...p.spans].filter((s) => kept.has(s))),
        });
    }
    this.notify();
  }

  /** Asks again for these rows, for people in one request; those out of sight are asked for when they come into it. */
  async refresh(ids: string[]) {
    const period = this.period();
    const shown = new Set([...this.inSight(), ...(this.window?.staff ?? [])]);
    const here = ids.filter((id) => shown.has(id));
    for (const id of ids) if (!shown.has(id)) this.rows.delete(id);
    if (period && here.length > 0) await this.guarded(CHANGED, () => this.fetchRows(here, period));
  }

  forgetAll() {
    this.rows.clear();
    this.notify();
  }

  /** Changes one booking on the screen ahead of the server; `null` takes it away. */
  patch(rowId: string, id: string, value: T.AssignmentBar | null) {
    const p = this.rows.get(rowId);
    if (!p) return;
    const assignments = new Map(p.assignments);
    if (value) assignments.set(id, value);
    else assignments.delete(id);
    this.rows.set(rowId, { ...p, assignments, stale: true });
    this.notify();
  }

  restore(row: RowData) {
    this.rows.set(row.id, row);
    this.notify();
  }

  /** Shows a project under a label that the server has not given yet. */
  addProject(id: string, project: T.ProjectLabel) {
    if (!(id in this.projects)) this.provisional.add(id);
    this.projects = { ...this.projects, [id]: project };
    this.notify();
  }

  /** Asks once more for what could not be had. */
  async retry(): Promise<void> {
    const orderIsMissing = this.failures.has(ORDER) || this.failures.has(STAFF);
    this.failures.clear();
    if (orderIsMissing && this.asked) await this.loadIndex(this.asked.from, this.asked.to);
    if (this.failure !== null || !this.window) return;
    this.want(this.window);
    await this.refresh([...this.rows.values()].filter((p) => p.stale).map((p) => p.id));
    await this.refreshUtilization();
  }

  /** Utilization again, after a change. */
  async refreshUtilization(): Promise<void> {
    if (this.shownDays) await this.loadUtilization(this.shownDays.from, this.shownDays.to);
  }

  /** Utilization of the visible period for the rows in sight. */
  async loadUtilization(from: number, to: number) {
    this.shownDays = { from, to };
    const ids = this.inSight();
    if (ids.length === 0 || to < from) return;
    const query: RowsQuery = {
      people: ids.slice(0, ROWS * 2).join(','),
      from: toIso(from),
      to: toIso(to),
      bucket: 'month',
      limit: ROWS * 2,
    };
    const answer = await this.askRows(query).catch(() => null);
    if (!answer) return;
    for (const row of answer.rows) this.utilization.set(row.person_id, row.utilization);
    this.notify();
  }
}

type RowsQuery = Omit<TenantParams<'schedule'>, 'by'>;

/** Loads schedule rows of people. */
export async function askRows(
  api: WorkspaceApi,
  query: RowsQuery,
  signal?: AbortSignal,
): Promise<T.Schedule> {
  const answer = await api.call('schedule', query, { signal });
  if (answer.by !== 'person') throw new Error('rows of projects came in place of people');
  return answer;
}
