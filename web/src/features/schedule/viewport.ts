/** What part of the grid is in sight. React hears of it only when the drawn range changes; a zoom writes one CSS property. */
import { weekOf, type WeekStart } from '@/shared/lib/period';
import { bucketFor, clampZoom, figuresFor, OVERSCAN_Y, TODAY_AT, type Figures } from './measures';
import type { Bucket } from '@/shared/api/schema.gen';

export interface Range {
  /** Drawn pixels from top to bottom, and drawn days, both ends included. */
  top: number;
  bottom: number;
  from: number;
  to: number;
  bucket: Bucket;
  figures: Figures;
}

const STEP_Y = 200;
const WHEEL_ZOOM = 0.002;

export class Viewport {
  zoom: number;
  readonly origin: number;
  readonly days: number;
  readonly weekStart: WeekStart;
  private element: HTMLElement | null = null;
  private range: Range;
  private pane = 0;
  private readonly listeners = new Set<() => void>();
  private readonly moved = new Set<() => void>();
  private readonly settled = new Set<() => void>();
  private frame = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(origin: number, days: number, zoom: number, weekStart: WeekStart) {
    this.weekStart = weekStart;
    this.origin = origin;
    this.days = days;
    this.zoom = zoom;
    this.range = {
      top: 0,
      bottom: 0,
      from: origin,
      to: origin,
      bucket: bucketFor(zoom),
      figures: figuresFor(zoom),
    };
  }

  subscribe = (l: () => void) => {
    this.listeners.add(l);
    return () => void this.listeners.delete(l);
  };
  /** Hears, once a frame, that the grid scrolls or zooms under what lies over it. */
  onMove = (l: () => void) => {
    this.moved.add(l);
    return () => void this.moved.delete(l);
  };
  /** Hears when scrolling and zooming have come to rest for a moment. */
  onSettle = (l: () => void) => {
    this.settled.add(l);
    return () => void this.settled.delete(l);
  };
  getRange = () => this.range;

  attach(element: HTMLElement, pane: number, firstDay: number | null, today: number): () => void {
    this.element = element;
    this.pane = pane;
    element.style.setProperty('--day-w', this.cssZoom());
    if (firstDay === null) this.showToday(today);
    else this.scrollToDay(firstDay);
    const changed = () => this.changed();
    const resize = new ResizeObserver(changed);
    element.addEventListener('scroll', changed, { passive: true });
    resize.observe(element);
    this.compute();
    return () => {
      element.removeEventListener('scroll', changed);
      resize.disconnect();
      cancelAnimationFrame(this.frame);
      clearTimeout(this.timer);
      this.element = null;
    };
  }

  setPane(pane: number) {
    this.pane = pane;
    this.changed();
  }

  private cssZoom = () => `calc(${this.zoom} * var(--hairline))`;
  get width() {
    return Math.max(0, (this.element?.clientWidth ?? 0) - this.pane);
  }
  get scroll() {
    return {
      left: this.element?.scrollLeft ?? 0,
      top: this.element?.scrollTop ?? 0,
      height: this.element?.clientHeight ?? 0,
    };
  }

  /** Days as real numbers at a distance from the track's left edge on screen. */
  dayAt = (x: number) => this.origin + (this.scroll.left + x) / this.zoom;
  xOf = (day: number) => (day - this.origin) * this.zoom;
  get firstDay() {
    return Math.floor(this.dayAt(0));
  }
  get lastDay() {
    return Math.ceil(this.dayAt(this.width)) - 1;
  }

  scrollToDay(day: number) {
    if (this.element) this.element.scrollLeft = this.xOf(day);
  }
  showToday(today: number) {
    if (this.element) this.element.scrollLeft = this.xOf(today) - this.width * TODAY_AT;
  }
  pan(share: number) {
    this.element?.scrollBy({ left: this.width * share });
  }

  /** Zooms so that the day under `x` (from the track's left edge) stays there. */
  setZoom(zoom: number, x = this.width * TODAY_AT) {
    const anchor = this.dayAt(x);
    this.zoom = clampZoom(zoom);
    if (!this.element) return;
    this.element.style.setProperty('--day-w', this.cssZoom());
    this.element.scrollLeft = this.xOf(anchor) - x;
    this.changed();
  }
  wheelZoom(delta: number, x: number) {
    this.setZoom(this.zoom * Math.exp(-delta * WHEEL_ZOOM), x);
  }

  /** Brings a cell into sight with as little scrolling as possible. */
  reveal(day: number, top: number, bottom: number, axis: number) {
    const e = this.element;
    if (!e) return;
    const x = this.xOf(day);
    const margin = this.zoom;
    if (x < e.scrollLeft + margin) e.scrollLeft = x - margin;
    if (x + 2 * margin > e.scrollLeft + this.width) e.scrollLeft = x + 2 * margin - this.width;
    if (top < e.scrollTop) e.scrollTop = top;
    if (bottom + axis > e.scrollTop + e.clientHeight) e.scrollTop = bottom + axis - e.clientHeight;
  }

  private changed() {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.compute();
        this.moved.forEach((l) => l());
      });
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settled.forEach((l) => l()), 250);
  }

  private compute() {
    if (!this.element) return;
    const { top, height } = this.scroll;
    const screen = this.width / this.zoom;
    const chunk = Math.max(7, Math.ceil(screen / 28) * 7);
    const next: Range = {
      top: Math.max(0, Math.floor((top - OVERSCAN_Y) / STEP_Y) * STEP_Y),
      bottom: Math.ceil((top + height + OVERSCAN_Y) / STEP_Y) * STEP_Y,
      from: Math.max(
        this.origin,
        weekOf(
          Math.floor((this.dayAt(0) - screen / 4 - this.origin) / chunk) * chunk + this.origin,
          this.weekStart,
        ).from,
      ),
      to: Math.min(
        this.origin + this.days - 1,
        Math.ceil((this.dayAt(0) + screen * (5 / 4) - this.origin) / chunk) * chunk +
          this.origin -
          1,
      ),
      bucket: bucketFor(this.zoom),
      figures: figuresFor(this.zoom),
    };
    const now = this.range;
    if ((Object.keys(next) as (keyof Range)[]).every((k) => next[k] === now[k])) return;
    this.range = next;
    this.listeners.forEach((l) => l());
  }
}
