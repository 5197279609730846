/** The pointer on the grid: hit tests by arithmetic, capture on the container, the ghost outside React. */
import type { AssignmentBar } from '@/shared/api/schema.gen';
import { toDay } from '@/shared/lib/days';
import type { ScheduleData } from './data';
import { endOf } from './rows';
import { changes, isHandedOver, resized, shifted, spanned, type Draft } from './draft';
import type { Ghost } from './ghost';
import { coveredAt, heightOf, itemAt, topOf, type Layout } from './layout';
import { EDGE, edgeSpeed, LONG_PRESS_MS, snapsToDays, THRESHOLD, type Measures } from './measures';
import type { Owner } from './owner';
import type { Viewport } from './viewport';

export interface Hit {
  item: number;
  owner: Owner;
  /** Position in days, with fractions. */
  day: number;
  lane: number;
  bar: AssignmentBar | null;
  edge: 'start' | 'end' | null;
}

export interface PointerHandlers {
  viewport: Viewport;
  data: ScheduleData;
  ghost: Ghost;
  layout: () => Layout;
  measures: () => Measures;
  mayPlan: () => boolean;
  hold: (d: Draft | null) => void;
  drop: (d: Draft) => void;
  click: (h: Hit, shift: boolean) => void;
  label: (d: Draft) => string;
}

/** A pointer that only passes an edge does not scroll. */
const SCROLL_AFTER_MS = 250;

export class Gestures {
  private readonly handlers: PointerHandlers;
  private readonly element: HTMLElement;
  private readonly off: AbortController = new AbortController();
  private from: { hit: Hit; x: number; y: number; id: number; copy: boolean } | null = null;
  private draft: Draft | null = null;
  private last: PointerEvent | null = null;
  private press: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  /** Since when the pointer has been at an edge. */
  private atEdge: number | null = null;
  private moved = false;

  constructor(element: HTMLElement, handlers: PointerHandlers) {
    this.element = element;
    this.handlers = handlers;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      f: (e: HTMLElementEventMap[K]) => void,
      passive = true,
    ) => element.addEventListener(type, f, { signal: this.off.signal, passive });
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    // A press gives the keyboard to the grid, and not to the button of a bar.
    on('mousedown', (e) => this.take(e), false);
    on('pointerup', (e) => this.up(e));
    on('pointercancel', () => this.cancel());
    on('touchmove', (e) => this.draft && e.preventDefault(), false);
    on('wheel', (e) => this.wheel(e), false);
    window.addEventListener('keydown', (e) => e.key === 'Escape' && this.draft && this.cancel(), {
      signal: this.off.signal,
    });
  }

  destroy() {
    this.cancel();
    this.off.abort();
  }
  get active() {
    return this.draft !== null;
  }

  private wheel(e: WheelEvent) {
    const box = this.element.getBoundingClientRect();
    const m = this.handlers.measures();
    if (!e.ctrlKey || e.clientY - box.top > m.axis) return;
    e.preventDefault();
    this.handlers.viewport.wheelZoom(e.deltaY, Math.max(0, e.clientX - box.left - m.pane));
  }

  hit(e: { clientX: number; clientY: number }): Hit | null {
    const { viewport, layout, measures } = this.handlers;
    const box = this.element.getBoundingClientRect();
    const m = measures();
    const x = e.clientX - box.left - m.pane;
    const yOnScreen = e.clientY - box.top;
    if (x < 0 || yOnScreen < m.axis) return null;
    const l = layout();
    const { top } = viewport.scroll;
    const y = yOnScreen - m.axis + top;
    if (y - top < coveredAt(l, top)) return null;
    const item = itemAt(l, y);
    const found = l.items[item];
    if (!found || found.kind === 'group' || y > topOf(l, item) + heightOf(l, item)) return null;
    const day = viewport.dayAt(x);
    const lane = Math.max(0, Math.floor((y - topOf(l, item) - m.top) / m.lane));
    return { item, owner: found, day, lane, ...this.barAt(found.id, day, lane) };
  }

  /** The bar under a position; its hit width is at least 24 px and reaches 4 px beyond its edges. */
  private barAt(rowId: string, day: number, lane: number): Pick<Hit, 'bar' | 'edge'> {
    const { data, viewport } = this.handlers;
    const outside = EDGE.outside / viewport.zoom;
    const inside = EDGE.inside / viewport.zoom;
    for (const bar of data.row(rowId)?.assignments.values() ?? []) {
      if (bar.lane !== lane || lane >= data.lanesShown(rowId)) continue;
      const [start, end] = [toDay(bar.start), endOf(bar) + 1];
      const wide = end - start > 3 * inside;
      if (day < start - outside || day > end + outside) continue;
      if (wide && day < start + inside) return { bar, edge: 'start' };
      if (wide && day > end - inside) return { bar, edge: 'end' };
      if (day >= start && day <= end) return { bar, edge: null };
    }
    return { bar: null, edge: null };
  }

  private take(e: MouseEvent) {
    if (!this.hit(e) || e.target === this.element) return;
    e.preventDefault();
    this.element.focus({ preventScroll: true });
  }

  private down(e: PointerEvent) {
    if (e.button !== 0 || this.from) return;
    const hit = this.hit(e);
    if (!hit) return;
    this.moved = false;
    this.from = { hit, x: e.clientX, y: e.clientY, id: e.pointerId, copy: e.ctrlKey || e.metaKey };
    if (e.pointerType === 'touch') this.press = setTimeout(() => this.begin(e), LONG_PRESS_MS);
  }

  private begin(e: PointerEvent) {
    if (!this.from || !this.handlers.mayPlan()) return;
    this.element.setPointerCapture(this.from.id);
    this.draft = this.draftAt(e);
    this.last = e;
    this.draw();
    this.autoScroll();
  }

  private move(e: PointerEvent) {
    if (!this.from) {
      this.hover(e);
      return;
    }
    if (e.pointerId !== this.from.id) return;
    if (!this.draft) {
      if (Math.hypot(e.clientX - this.from.x, e.clientY - this.from.y) < THRESHOLD) return;
      this.moved = true;
      if (e.pointerType === 'touch') this.forget();
      else this.begin(e);
      return;
    }
    this.last = e;
    this.draft = this.draftAt(e);
    this.draw();
  }

  private hover(e: PointerEvent) {
    if (e.pointerType === 'touch') return;
    const hit = this.hit(e);
    const cursor =
      !hit || !this.handlers.mayPlan() ? '' : hit.edge ? 'ew-resize' : hit.bar ? 'grab' : 'cell';
    if (this.element.dataset.pointer !== cursor) this.element.dataset.pointer = cursor;
  }

  private draftAt(e: PointerEvent): Draft {
    const from = this.from as NonNullable<typeof this.from>;
    const { viewport } = this.handlers;
    const { weekStart } = viewport;
    const { bar, edge, owner } = from.hit;
    const box = this.element.getBoundingClientRect();
    const day = viewport.dayAt(e.clientX - box.left - this.handlers.measures().pane);
    const toDays = snapsToDays(viewport.zoom, e.shiftKey);
    const base = { owner, from: owner, origin: bar };
    if (!bar) return { ...base, kind: 'create', ...spanned(from.hit.day, day, toDays, weekStart) };
    if (edge) return { ...base, kind: edge, ...resized(bar, edge, day, toDays, weekStart) };
    const row = this.hit({
      clientX: Math.max(e.clientX, box.left + this.handlers.measures().pane),
      clientY: e.clientY,
    });
    return {
      ...base,
      kind: from.copy ? 'copy' : 'move',
      owner: row?.owner ?? owner,
      ...shifted(bar, day - from.hit.day, toDays, weekStart),
    };
  }

  /** The ghost follows the pointer one to one; its label says where it would snap to. */
  private draw() {
    const { draft, last, from } = this;
    if (!draft || !last || !from) return;
    const { viewport, layout, measures, ghost, label } = this.handlers;
    const m = measures();
    const l = layout();
    const item = l.byOwner.get(draft.owner.id) ?? from.hit.item;
    const free = draft.kind === 'move' || draft.kind === 'copy';
    const box = this.element.getBoundingClientRect();
    const by = free ? viewport.dayAt(last.clientX - box.left - m.pane) - from.hit.day : 0;
    const start = free && draft.origin ? toDay(draft.origin.start) + by : draft.start;
    const days = (draft.end ?? viewport.lastDay) + 1 - draft.start;
    // Nothing is drawn over the names; the label begins where the visible part does.
    const left = Math.max(viewport.xOf(start), viewport.scroll.left);
    const lanes = Math.max(
      1,
      Math.min(
        this.handlers.data.lanesShown(draft.owner.id),
        Math.round((heightOf(l, item) - m.top - m.gap - m.strip) / m.lane),
      ),
    );
    const lane = Math.min(
      lanes - 1,
      draft.origin && !isHandedOver(draft)
        ? draft.origin.lane
        : this.handlers.data.row(draft.owner.id)
          ? from.hit.lane
          : 0,
    );
    ghost.show({
      x: m.pane + left,
      y: m.axis + topOf(l, item) + m.top + lane * m.lane,
      width: viewport.xOf(start) + days * viewport.zoom - left,
      height: m.bar,
      rowY: m.axis + topOf(l, item),
      rowHeight: heightOf(l, item),
      label: label(draft),
      project: draft.origin
        ? this.handlers.data.projects[draft.origin.project_id]?.colour
        : undefined,
      wanted: draft.owner.kind === 'placeholder',
    });
    this.handlers.hold(draft);
  }

  private autoScroll() {
    cancelAnimationFrame(this.frame);
    let before = performance.now();
    const step = (now: number) => {
      if (!this.draft || !this.last) return;
      const box = this.element.getBoundingClientRect();
      const m = this.handlers.measures();
      const { clientX, clientY } = this.last;
      const x = edgeSpeed(clientX, box.left + m.pane, box.right);
      const y = edgeSpeed(clientY, box.top + m.axis, box.bottom);
      if (x === 0 && y === 0) this.atEdge = null;
      else this.atEdge ??= now;
      if (this.atEdge !== null && now - this.atEdge >= SCROLL_AFTER_MS) {
        const seconds = (now - before) / 1000;
        this.element.scrollBy(x * seconds, y * seconds);
        this.draft = this.draftAt(this.last);
        this.draw();
      }
      before = now;
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }

  private up(e: PointerEvent) {
    if (!this.from || e.pointerId !== this.from.id) return;
    const { draft, from, moved } = this;
    this.forget();
    if (!draft) {
      // A drag by somebody who may not plan is no click either.
      if (moved) return;
      if (e.pointerType === 'touch' || e.button === 0) this.handlers.click(from.hit, e.shiftKey);
    } else if (changes(draft)) this.handlers.drop(draft);
    else this.handlers.hold(null);
  }

  private cancel() {
    const held = this.draft !== null;
    this.forget();
    if (held) this.handlers.hold(null);
  }

  private forget() {
    clearTimeout(this.press);
    cancelAnimationFrame(this.frame);
    if (this.from && this.element.hasPointerCapture(this.from.id))
      this.element.releasePointerCapture(this.from.id);
    this.from = null;
    this.draft = null;
    this.handlers.ghost.hide();
  }
}
