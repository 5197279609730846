import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ciede2000, contrast, lab, mixed, parseHex, seenBy, type Rgb, type Vision } from './colour';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** Custom properties of every block whose selector list ends with `selector`. */
function block(selector: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, head, body] of css.matchAll(/(?:^|\n)([^{}@]+?)\{([^{}]*)\}/g)) {
    if (!head?.trim().endsWith(selector)) continue;
    for (const [, name, value] of body?.matchAll(/--([\w-]+):\s*([^;]+);/g) ?? [])
      found[name as string] = (value as string).trim();
  }
  return found;
}

const shared = block(':root');
const themes = {
  light: { ...shared, ...block("'light']") },
  dark: { ...shared, ...block("'dark']") },
} as Record<'light' | 'dark', Record<string, string>>;

const colour = (theme: 'light' | 'dark', name: string): Rgb => {
  const hex = themes[theme][name];
  if (!hex?.startsWith('#')) throw new Error(`no colour ${name} in ${theme}`);
  return parseHex(hex);
};
const projects = Array.from({ length: 12 }, (_, i) => i + 1);
const surfaces = ['app', 'surface', 'raised', 'sunk'];

describe.each(['light', 'dark'] as const)('%s theme', (theme) => {
  const ratio = (a: string, b: string) => contrast(colour(theme, a), colour(theme, b));

  it.each(['text', 'text-2', 'text-3', 'accent', 'danger', 'warn', 'ok'])(
    '%s is readable on every surface',
    (text) => {
      for (const surface of surfaces)
        expect(ratio(text, surface), `${text} on ${surface}`).toBeGreaterThanOrEqual(4.5);
    },
  );

  it('captions keep their stated worst contrast', () => {
    const worst = Math.min(...surfaces.map((s) => ratio('text-3', s)));
    expect(worst).toBeCloseTo(theme === 'light' ? 5.17 : 5.76, 1);
  });

  it.each([
    ['on-accent', 'accent'],
    ['accent', 'accent-tint'],
    ['text', 'accent-tint'],
    ['danger', 'danger-tint'],
    ['warn', 'warn-tint'],
    ['ok', 'ok-tint'],
    ['text', 'load-1'],
    ['text', 'load-2'],
    ['text', 'load-3'],
  ])('%s is readable on %s', (ink, ground) => {
    expect(ratio(ink, ground)).toBeGreaterThanOrEqual(4.5);
  });

  it('control borders stand out', () => {
    for (const surface of surfaces)
      expect(ratio('border', surface), surface).toBeGreaterThanOrEqual(3);
  });

  it.each(projects)('project %i: ink, edge and stripes', (n) => {
    expect(ratio(`project-${n}-ink`, `project-${n}-fill`)).toBeGreaterThanOrEqual(4.6);
    const edge = colour(theme, `project-${n}-edge`);
    const ground = colour(theme, 'surface');
    expect(contrast(edge, ground), 'edge on rows').toBeGreaterThanOrEqual(3);
    // A bar is a tint of its fill; what it says is in the theme's own inks.
    const share = Number.parseFloat(themes[theme]['bar-share'] ?? '') / 100;
    const tint = mixed(colour(theme, `project-${n}-fill`), ground, share);
    for (const ink of ['text', 'text-2'])
      expect(contrast(colour(theme, ink), tint), ink).toBeGreaterThanOrEqual(4.5);
  });
});

describe('project palette', () => {
  const least = (vision: Vision) => {
    const seen = projects.map((n) => lab(seenBy(vision, colour('light', `project-${n}-fill`))));
    let smallest = Infinity;
    seen.forEach((a, i) =>
      seen.slice(i + 1).forEach((b) => (smallest = Math.min(smallest, ciede2000(a, b)))),
    );
    return smallest;
  };

  it.each([
    ['normal', 19.6],
    ['protanopia', 14.1],
    ['deuteranopia', 14.1],
    ['tritanopia', 14.8],
  ] as const)('any two fills differ for %s vision', (vision, stated) => {
    expect(Math.abs(least(vision) - stated)).toBeLessThan(0.1);
  });

  it('keeps fill and ink in both themes', () => {
    for (const n of projects)
      expect(themes.light[`project-${n}-fill`]).toBe(themes.dark[`project-${n}-fill`]);
  });
});

describe('a mixture in OKLab', () => {
  it('agrees with what browsers make of color-mix', () => {
    const hex = (c: Rgb) => c.map((v) => Math.round(v * 255));
    // Halves of black and white, and of blue and white, as Chromium paints them.
    expect(hex(mixed([0, 0, 0], [1, 1, 1], 0.5))).toEqual([99, 99, 99]);
    expect(hex(mixed([0, 0, 1], [1, 1, 1], 0.5))).toEqual([116, 163, 255]);
  });
});

describe('CIEDE2000', () => {
  // Pairs 1, 7 and 17 of Sharma, Wu and Dalal's test data.
  it.each([
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
  ] as const)('agrees with published data', (a, b, stated) => {
    expect(ciede2000(a, b)).toBeCloseTo(stated, 3);
  });
});
