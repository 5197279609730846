/** The schedule's measures in CSS pixels, as plain numbers: arithmetic places everything, and the grid hands them to CSS as variables. */
import type { Bucket } from '@/shared/api/schema.gen';

export interface Measures {
  lane: number;
  bar: number;
  top: number;
  gap: number;
  strip: number;
  pane: number;
  axis: number;
  group: number;
}

export const COMFORTABLE: Measures = {
  lane: 28,
  bar: 24,
  top: 6,
  gap: 4,
  strip: 16,
  pane: 264,
  axis: 44,
  group: 32,
};
export const COMPACT: Measures = {
  lane: 24,
  bar: 20,
  top: 4,
  gap: 2,
  strip: 14,
  pane: 220,
  axis: 40,
  group: 28,
};

/** The left pane where the screen is narrow: names alone. */
export const NARROW_PANE = 128;
export const NARROW_SCREEN = '(max-width: 48em)';

export const ZOOM = { least: 3, most: 120, week: 96, month: 32, quarter: 12, year: 4 } as const;
export const PRESETS = ['week', 'month', 'quarter', 'year'] as const;
export const MOST_LANES = 6;
export const EDGE = { inside: 8, outside: 4 } as const;
export const THRESHOLD = 4;
export const LONG_PRESS_MS = 350;
export const OVERSCAN_Y = 300;
export const TODAY_AT = 0.2;
const SNAP_DAYS_FROM = 12;
const BOTH_FIGURES_FROM = 44;
const ONE_FIGURE_FROM = 20;

export const rowHeight = (m: Measures, lanes: number, most: number = MOST_LANES): number =>
  m.top + Math.min(most, Math.max(1, lanes)) * m.lane + m.gap + m.strip;

const EDGE_ZONE = 24;
const FASTEST = 600;

/** How fast a drag scrolls, in pixels a second: not before the last 24 px, and the faster the closer to the edge. */
export function edgeSpeed(at: number, low: number, high: number): number {
  const beyond = Math.max(low + EDGE_ZONE - at, at - (high - EDGE_ZONE));
  if (beyond <= 0) return 0;
  const share = Math.min(1, beyond / EDGE_ZONE) ** 2;
  return (at < (low + high) / 2 ? -1 : 1) * FASTEST * share;
}

/** Day buckets from 24 px a day, weeks from 6, else months. */
export const bucketFor = (zoom: number): Bucket =>
  zoom >= 24 ? 'day' : zoom >= 6 ? 'week' : 'month';

export type Figures = 'both' | 'booked' | 'none';

/** How much of "booked / capacity" a bucket has room for. */
export function figuresFor(zoom: number): Figures {
  const width = zoom * { day: 1, week: 7, month: 28 }[bucketFor(zoom)];
  return width >= BOTH_FIGURES_FROM ? 'both' : width >= ONE_FIGURE_FROM ? 'booked' : 'none';
}

export const clampZoom = (zoom: number): number => Math.min(ZOOM.most, Math.max(ZOOM.least, zoom));
export const snapsToDays = (zoom: number, swap: boolean): boolean =>
  zoom >= SNAP_DAYS_FROM !== swap;
