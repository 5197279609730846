/** The rows that are known so far: who stands where, and by person and piece of time their bookings and figures. Figures come from the server alone. */
import type { TenantParams } from '@/shared/api/operations';
import type * as T from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toDay, toIso } from '@/shared/lib/days';
import { weekOf, type WeekStart } from '@/shared/lib/period';
import { slotsBetween, spansBetween, type Span } from './blocks';
import { MOST_LANES } from './measures';

/** The figures of a person in a bucket. */
export interface Cell {
  capacity_minutes: number;
  booked_minutes: number;
  tentative_minutes: number;
  displaced_minutes: number;
  overbooked: boolean;
}

export interface Person {
  id: string;
  name: string;
  jobTitle: string | null;
  version: number;
  assignments: ReadonlyMap<string, T.AssignmentBar>;
  timeOff: ReadonlyMap<string, T.TimeOffBar>;
  /** Days off by date: of several holidays on one date the larger, with the names of all. */
  holidays: ReadonlyMap<string, T.Holiday>;
  /** Days that work as another weekday does, by date. */
  workedDays: ReadonlyMap<string, T.Holiday>;
  /** Figures by bucket and first day: `week:20771`. */
  cells: ReadonlyMap<string, Cell>;
  spans: ReadonlySet<string>;
  stale: boolean;
}

export type Filters = Pick<
  TenantParams<'schedule'>,
  'q' | 'group' | 'sort' | 'overbooked' | 'project_id' | 'team_id' | 'role' | 'skill_id'
>;
/** What of the grid is in sight: rows by their places in the order, and days. */
export interface Window {
  rows: number[];
  from: number;
  to: number;
  bucket: T.Bucket;
}
export interface Period {
  from: number;
  to: number;
  bucket: T.Bucket;
}

const ROWS = 50;
const INDEX_DAYS = 91;
const FAR_END = Infinity;

export const endOf = (a: { end: string | null }): number =>
  a.end === null ? FAR_END : toDay(a.end);
const overlaps = (from: string, to: string | null, p: Period) =>
  toDay(from) <= p.to && (to === null || toDay(to) >= p.from);
export const cellKey = (bucket: T.Bucket, from: number) => `${bucket}:${from}`;

/** What is asked for beside the blocks of rows. */
const ORDER = 'order';
const PEOPLE = 'people';

/** Two holidays of one date count as the larger one. */
function together(before: T.Holiday | undefined, h: T.Holiday): T.Holiday {
  if (!before) return h;
  const name = before.name === h.name ? h.name : `${before.name} · ${h.name}`;
  return { ...h, name, half: Boolean(before.half && h.half) };
}

/** A bar tells what time off took from it where the period that was asked for holds all of it. */
function displacedAsAWhole(bar: T.AssignmentBar, p: Period): T.AssignmentBar {
  const whole = toDay(bar.start) >= p.from && endOf(bar) <= p.to;
  return whole || !bar.displaced_minutes ? bar : { ...bar, displaced_minutes: 0 };
}

export class ScheduleData {
  index: T.ScheduleIndex | null = null;
  /** A newer order than the one shown, kept until it is asked for. */
  waiting: T.ScheduleIndex | null = null;
  projects: Record<string, T.ProjectLabel> = {};
  /** Projects whose label is only what was typed. */
  readonly provisional = new Set<string>();
  utilization = new Map<string, number | null>();
  readonly api: WorkspaceApi;
  readonly filters: Filters;
  readonly weekStart: WeekStart;
  private people = new Map<string, Person>();
  private lanes = new Map<string, number>();
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
  person = (id: string) => this.people.get(id);
  everybody = () => this.people.values();
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

  /** Whether all of these people have a row. */
  knows(ids: string[]): boolean {
    const known = new Set(this.index?.rows.ids);
    return ids.every((id) => known.has(id));
  }

  async loadIndex(from: number, to = from + INDEX_DAYS - 1): Promise<void> {
    this.asked = { from, to };
    await this.guarded(ORDER, async () => {
      const index = await this.askIndex(from, to);
      this.index = index;
      this.indexed = { from, to };
      this.waiting = null;
      index.rows.ids.forEach((id, i) => this.lanes.set(id, index.rows.lanes[i] ?? 1));
      this.layoutVersion += 1;
    });
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

  /** Looks whether people came, went or changed places; nothing moves until `acceptOrder`. */
  async checkIndex(): Promise<void> {
    const period = this.indexed;
    const fresh = period && (await this.askIndex(period.from, period.to).catch(() => null));
    if (!fresh || !this.index || String(fresh.rows.ids) === String(this.index.rows.ids)) return;
    this.waiting = fresh;
    if (this.index.total === 0) this.acceptOrder();
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
    if (this.added > 0 || (this.waiting && this.waiting.total !== this.index?.total))
      this.acceptOrder();
  }
  acceptOrder() {
    if (!this.waiting) return;
    const index = this.waiting;
    this.index = index;
    this.waiting = null;
    index.rows.ids.forEach((id, i) => this.lanes.set(id, index.rows.lanes[i] ?? 1));
    this.layoutVersion += 1;
    this.notify();
    if (this.window) this.want(this.window);
  }

  private askIndex(from: number, to: number): Promise<T.ScheduleIndex> {
    const query = { ...this.filters, from: toIso(from), to: toIso(to) };
    return this.api.call('schedule_index', query, { signal: this.closing.signal });
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
      for (const [block, rows] of blocks) {
        if (rows.every((id) => this.people.get(id)?.spans.has(span.key))) continue;
        void this.fetchBlock(block, span, rows);
      }
    }
  }

  /** Who has a row in sight. */
  private inSight(): string[] {
    const ids = this.index?.rows.ids ?? [];
    return (this.window?.rows ?? []).flatMap((row) => ids[row] ?? []);
  }

  private async fetchBlock(block: number, span: Span, wanted: string[]) {
    const key = `${block}/${span.key}`;
    if (this.inFlight.has(key)) return;
    this.inFlight.add(key);
    const period = periodOf(span);
    await this.guarded(key, async () => {
      const answer = await this.askRows({
        ...this.filters,
        ...asQuery(period),
        offset: block * ROWS,
        limit: ROWS,
      });
      this.take(answer, period);
      const missing = wanted.filter((id) => !this.people.get(id)?.spans.has(span.key));
      if (missing.length > 0) await this.fetchPeople(missing, period);
    });
    this.inFlight.delete(key);
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
      for (const id of part) if (!known.has(id)) this.people.delete(id);
    }
  }

  private take(answer: T.Schedule, period: Period) {
    this.projects = { ...this.projects, ...answer.projects };
    for (const id of Object.keys(answer.projects)) this.provisional.delete(id);
    this.absorb(answer.rows, period);
  }

  /** Takes rows that the server worked out for a period as the truth about it. */
  absorb(rows: T.ScheduleRow[], period: Period) {
    const spans = this.spans(period).map((s) => s.key);
    for (const row of rows) {
      const before = this.people.get(row.person_id);
      const assignments = new Map(
        [...(before?.assignments ?? [])].filter(([, a]) => !overlaps(a.start, a.end, period)),
      );
      for (const a of row.assignments) assignments.set(a.id, displacedAsAWhole(a, period));
      const timeOff = new Map(
        [...(before?.timeOff ?? [])].filter(([, t]) => !overlaps(t.from, t.to, period)),
      );
      for (const t of row.time_off) timeOff.set(t.id, t);
      const outside = (days?: ReadonlyMap<string, T.Holiday>) =>
        new Map([...(days ?? [])].filter(([date]) => !overlaps(date, date, period)));
      const holidays = outside(before?.holidays);
      const workedDays = outside(before?.workedDays);
      for (const h of row.holidays) {
        if (h.works_as) workedDays.set(h.date, h);
        else holidays.set(h.date, together(holidays.get(h.date), h));
      }
      const cells = new Map([...(before?.cells ?? []), ...cellsOf(row, period, this.weekStart)]);
      this.people.set(row.person_id, {
        id: row.person_id,
        name: row.full_name,
        jobTitle: row.job_title,
        version: row.version,
        assignments,
        timeOff,
        holidays,
        workedDays,
        cells,
        spans: new Set([...(before?.spans ?? []), ...spans]),
        stale: false,
      });
      this.noteLanes(row);
    }
    this.notify();
  }

  private noteLanes(row: T.ScheduleRow) {
    const lanes = Math.max(1, ...row.assignments.map((a) => a.lane + 1));
    if (lanes <= (this.lanes.get(row.person_id) ?? 0)) return;
    this.lanes.set(row.person_id, lanes);
    this.layoutVersion += 1;
  }

  /** The pieces of time in sight as one period, for requests about a few people. */
  period(): Period | null {
    if (!this.window) return null;
    const spans = this.spans(this.window);
    const [first, last] = [spans[0], spans[spans.length - 1]];
    return first && last ? { from: first.from, to: last.to, bucket: this.window.bucket } : null;
  }

  /** Marks figures as not confirmed, and forgets what of these people is out of sight. */
  markStale(ids: Iterable<string>) {
    const period = this.period();
    const kept = new Set(period ? this.spans(period).map((s) => s.key) : []);
    for (const id of ids) {
      const p = this.people.get(id);
      if (p)
        this.people.set(id, {
          ...p,
          stale: true,
          spans: new Set([...p.spans].filter((s) => kept.has(s))),
        });
    }
    this.notify();
  }

  /** Asks again for these people in one request; those out of sight are asked for when they come into it. */
  async refresh(ids: string[]) {
    const period = this.period();
    const shown = new Set(this.inSight());
    const here = ids.filter((id) => shown.has(id));
    for (const id of ids) if (!shown.has(id)) this.people.delete(id);
    if (period && here.length > 0) await this.guarded(PEOPLE, () => this.fetchPeople(here, period));
  }

  forgetAll() {
    this.people.clear();
    this.notify();
  }

  /** Changes one booking on the screen ahead of the server; `null` takes it away. */
  patch(personId: string, id: string, value: T.AssignmentBar | null) {
    const p = this.people.get(personId);
    if (!p) return;
    const assignments = new Map(p.assignments);
    if (value) assignments.set(id, value);
    else assignments.delete(id);
    this.people.set(personId, { ...p, assignments, stale: true });
    this.notify();
  }

  restore(person: Person) {
    this.people.set(person.id, person);
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
    const orderIsMissing = this.failures.has(ORDER);
    this.failures.clear();
    if (orderIsMissing && this.asked) await this.loadIndex(this.asked.from, this.asked.to);
    if (this.failure !== null || !this.window) return;
    this.want(this.window);
    await this.refresh([...this.people.values()].filter((p) => p.stale).map((p) => p.id));
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

/** A row's cells by bucket and first day. */
export function cellsOf(
  row: T.ScheduleRow,
  period: Period,
  weekStart: WeekStart,
): Map<string, Cell> {
  const slots = slotsBetween(period.bucket, period.from, period.to, weekStart);
  const cells = slots.slice(0, row.overbooked.length).map((slot, i): [string, Cell] => [
    cellKey(period.bucket, slot.from),
    {
      capacity_minutes: row.capacity_minutes[i] ?? 0,
      booked_minutes: row.booked_minutes[i] ?? 0,
      tentative_minutes: row.tentative_minutes[i] ?? 0,
      displaced_minutes: row.displaced_minutes[i] ?? 0,
      overbooked: row.overbooked[i] ?? false,
    },
  ]);
  return new Map(cells);
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

export const asQuery = (p: Period) => ({ from: toIso(p.from), to: toIso(p.to), bucket: p.bucket });
const periodOf = (span: Span): Period => ({
  from: span.from,
  to: span.to,
  bucket: span.key.split(':')[0] as T.Bucket,
});
