/** The grid by keyboard: one tab stop, a cell cursor, and letters that act on the booking in the cell. */
import type { AssignmentBar } from '@/shared/api/schema.gen';
import { toDay } from '@/shared/lib/days';
import { slotEnd, slotStart } from './blocks';
import type { ScheduleData } from './data';
import { endOf } from './rows';
import { changes, type Draft } from './draft';
import { groupOf, type Layout } from './layout';
import type { Owner } from './owner';
import type { Planner } from './planner';
import type { Viewport } from './viewport';

export interface KeyboardHandlers {
  planner: Planner;
  data: ScheduleData;
  viewport: Viewport;
  layout: () => Layout;
  today: number;
  mayPlan: () => boolean;
  reveal: (item: number, day: number) => void;
  openBar: (owner: Owner, bar: AssignmentBar) => void;
  openNew: (owner: Owner, day: number) => void;
  openOwner: (owner: Owner) => void;
  remove: (owner: Owner, bar: AssignmentBar) => void;
  split: (owner: Owner, bar: AssignmentBar, day: number) => void;
  drop: (d: Draft) => void;
  say: (
    what: 'holding' | 'sizing' | 'letGo' | 'noBar' | 'noOverbooked' | 'readOnly',
    draft?: Draft,
  ) => void;
  findPeople: () => void;
  showKeys: () => void;
  fold: (group: string) => void;
}

const ZOOM_STEP = 1.25;

/** The bookings that touch the cursor's cell, by lane. */
export function barsAt(
  data: ScheduleData,
  rowId: string,
  from: number,
  to: number,
): AssignmentBar[] {
  const bars = [...(data.row(rowId)?.assignments.values() ?? [])];
  return bars
    .filter((b) => toDay(b.start) <= to && endOf(b) >= from)
    .sort((a, b) => a.lane - b.lane);
}

/** The next row that is no group's header from `item` on, in a direction. */
export function nextRow(l: Layout, item: number, step: 1 | -1): number {
  for (let i = item; i >= 0 && i < l.items.length; i += step)
    if (l.items[i]?.kind !== 'group') return i;
  return -1;
}

export class Keyboard {
  private readonly handlers: KeyboardHandlers;

  constructor(handlers: KeyboardHandlers) {
    this.handlers = handlers;
  }

  /** Handles a key of the grid; true when it meant something. */
  press(e: KeyboardEvent): boolean {
    const { planner } = this.handlers;
    if ((e.ctrlKey || e.metaKey || e.altKey) && !['ArrowLeft', 'ArrowRight'].includes(e.key))
      return false;
    if (planner.getUi().byKeys) return this.held(e);
    if (this.header(e)) return true;
    if (
      e.key.startsWith('Arrow') ||
      e.key === 'Home' ||
      e.key === 'End' ||
      e.key === 'PageUp' ||
      e.key === 'PageDown'
    )
      return this.walk(e);
    const act = this.acts[e.key.length === 1 ? e.key.toLowerCase() : e.key];
    act?.();
    return act !== undefined;
  }

  private readonly acts: Record<string, () => void> = {
    Enter: () => {
      const at = this.here();
      const bar = this.bar();
      if (at && bar) this.handlers.openBar(at.owner, bar);
      else this.create();
    },
    ' ': () => this.cycle(),
    n: () => this.create(),
    m: () => this.grab('move'),
    r: () => this.grab('end'),
    s: () => this.withBar((owner, bar, day) => this.handlers.split(owner, bar, day)),
    Delete: () => this.withBar((owner, bar) => this.handlers.remove(owner, bar)),
    '[': () => this.overbooked(-1),
    ']': () => this.overbooked(1),
    t: () => this.goTo(this.handlers.today),
    '+': () => this.handlers.viewport.setZoom(this.handlers.viewport.zoom * ZOOM_STEP),
    '-': () => this.handlers.viewport.setZoom(this.handlers.viewport.zoom / ZOOM_STEP),
    f: () => this.handlers.findPeople(),
    o: () => this.openOwner(),
    g: () => this.foldHere(),
    '?': () => this.handlers.showKeys(),
    Escape: () => this.handlers.planner.set({ selected: null }),
  };

  /** Where the cursor is; in the first row when there is no cursor yet. */
  place() {
    const { planner, viewport, layout } = this.handlers;
    const l = layout();
    const bucket = viewport.getRange().bucket;
    const cursor = planner.getUi().cursor ?? {
      item: Math.max(0, nextRow(l, 0, 1)),
      day: Math.max(viewport.firstDay, Math.min(this.handlers.today, viewport.lastDay)),
    };
    const item = l.items[cursor.item];
    if (!item) return null;
    const from = slotStart(bucket, cursor.day, viewport.weekStart);
    return { item: cursor.item, row: item, day: cursor.day, from, to: slotEnd(bucket, from) };
  }

  /** The cursor's cell, where it is no group's header. */
  private here() {
    const at = this.place();
    return at && at.row.kind !== 'group' ? { ...at, owner: at.row } : null;
  }

  private openOwner() {
    const at = this.here();
    if (at) this.handlers.openOwner(at.owner);
  }

  /** Folds the group that the cursor is in, whose header then has the cursor; opens it where it is folded. */
  private foldHere() {
    const l = this.handlers.layout();
    const group = l.items[groupOf(l, this.place()?.item ?? -1)];
    if (group?.kind === 'group') this.handlers.fold(group.key);
  }

  /** Keys that mean a group where the cursor is on its header. */
  private header({ key }: KeyboardEvent): boolean {
    const row = this.handlers.planner.getUi().cursor && this.place()?.row;
    if (row?.kind !== 'group') return false;
    const turns =
      key === 'Enter' || key === ' ' || key === (row.folded ? 'ArrowRight' : 'ArrowLeft');
    if (turns) this.handlers.fold(row.key);
    return turns;
  }

  /** The booking the letters act on: the chosen one if it is in the cell, else the first. */
  private bar(): AssignmentBar | null {
    const at = this.here();
    if (!at) return null;
    const bars = barsAt(this.handlers.data, at.owner.id, at.from, at.to);
    return bars.find((b) => b.id === this.handlers.planner.getUi().selected) ?? bars[0] ?? null;
  }

  private withBar(act: (owner: Owner, bar: AssignmentBar, day: number) => void) {
    const at = this.here();
    const bar = this.bar();
    if (!this.handlers.mayPlan()) this.handlers.say('readOnly');
    else if (at && bar) act(at.owner, bar, at.day);
    else this.handlers.say('noBar');
  }

  private create() {
    const at = this.here();
    if (!this.handlers.mayPlan()) this.handlers.say('readOnly');
    else if (at) this.handlers.openNew(at.owner, at.from);
  }

  private cycle() {
    const at = this.here();
    if (!at) return;
    const bars = barsAt(this.handlers.data, at.owner.id, at.from, at.to);
    const now = bars.findIndex((b) => b.id === this.handlers.planner.getUi().selected);
    const next = bars[(now + 1) % bars.length];
    const { data, planner } = this.handlers;
    if (next && next.lane >= data.lanesShown(at.owner.id)) data.toggle(at.owner.id, true);
    planner.set({ selected: next?.id ?? null });
  }

  private setCursor(item: number, day: number) {
    this.handlers.planner.set({ cursor: { item, day } });
    this.handlers.reveal(item, day);
  }

  private goTo(day: number) {
    const at = this.place();
    this.handlers.viewport.showToday(day);
    if (at) this.handlers.planner.set({ cursor: { item: at.item, day } });
  }

  private walk(e: KeyboardEvent): boolean {
    const at = this.place();
    const l = this.handlers.layout();
    if (!at) return true;
    if (!this.handlers.planner.getUi().cursor) {
      this.setCursor(at.item, at.day);
      return true;
    }
    const page = 10;
    const rows: Record<string, number> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
    };
    if (e.key in rows) {
      const by = rows[e.key] ?? 0;
      this.setCursor(Math.min(l.items.length - 1, Math.max(0, at.item + by)), at.day);
      return true;
    }
    const day =
      {
        ArrowLeft: at.from - 1,
        ArrowRight: at.to + 1,
        Home: this.handlers.viewport.firstDay,
        End: this.handlers.viewport.lastDay,
      }[e.key] ?? at.day;
    this.setCursor(at.item, day);
    return true;
  }

  private grab(kind: 'move' | 'end') {
    this.withBar((owner, bar) => {
      const draft: Draft = {
        kind,
        owner,
        from: owner,
        origin: bar,
        start: toDay(bar.start),
        end: bar.end === null ? null : toDay(bar.end),
      };
      this.handlers.planner.set({ selected: bar.id });
      this.handlers.planner.hold(draft, true);
      this.handlers.say(kind === 'move' ? 'holding' : 'sizing', draft);
    });
  }

  /** Keys while a booking is in hand. Shift makes a step a week. */
  private held(e: KeyboardEvent): boolean {
    const { planner, layout } = this.handlers;
    const draft = planner.getUi().held;
    if (!draft) return false;
    if (e.key === 'Escape') {
      planner.hold(null);
      this.handlers.say('letGo');
    } else if (e.key === 'Enter') {
      if (changes(draft)) this.handlers.drop(draft);
      else planner.hold(null);
    } else if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') {
      const by = (e.key === 'ArrowLeft' ? -1 : 1) * (e.shiftKey ? 7 : 1);
      this.nudge(draft, by);
    } else if ((e.key === 'ArrowUp' || e.key === 'ArrowDown') && draft.kind === 'move') {
      const l = layout();
      const step = e.key === 'ArrowUp' ? -1 : 1;
      const item = nextRow(l, (l.byOwner.get(draft.owner.id) ?? 0) + step, step);
      const found = l.items[item];
      if (found && found.kind !== 'group') this.carry({ ...draft, owner: found });
    }
    return true;
  }

  private nudge(draft: Draft, by: number) {
    const end = draft.end === null ? null : draft.end + by;
    if (draft.kind === 'move') this.carry({ ...draft, start: draft.start + by, end });
    else if (end !== null && end >= draft.start) this.carry({ ...draft, end });
  }

  private carry(draft: Draft) {
    this.handlers.planner.hold(draft, true);
    this.handlers.reveal(
      this.handlers.layout().byOwner.get(draft.owner.id) ?? 0,
      draft.kind === 'move' ? draft.start : (draft.end ?? draft.start),
    );
    this.handlers.say(draft.kind === 'move' ? 'holding' : 'sizing', draft);
  }

  /** To the next overbooked cell among those that are known: along the row, then the rows below or above. */
  private overbooked(step: 1 | -1) {
    const at = this.place();
    if (!at) return;
    const l = this.handlers.layout();
    const bucket = this.handlers.viewport.getRange().bucket;
    for (let item = at.item; item >= 0 && item < l.items.length; item += step) {
      const row = l.items[item];
      if (!row || row.kind === 'group') continue;
      const days = [...(this.handlers.data.row(row.id)?.cells ?? [])]
        .filter(([key, cell]) => cell.overbooked && key.startsWith(`${bucket}:`))
        .map(([key]) => Number(key.split(':')[1]))
        .sort((a, b) => (a - b) * step);
      const day = days.find((d) => item !== at.item || (d - at.from) * step > 0);
      if (day !== undefined) return this.setCursor(item, day);
    }
    this.handlers.say('noOverbooked');
  }
}
