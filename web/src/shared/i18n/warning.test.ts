import { describe, expect, it } from 'vitest';
import type { Warning } from '../api/schema.gen';
import { formats } from '../lib/format';
import { LOCALES, load } from './catalogue';
import { en } from './en';
import { sayWarning } from './warning';

const words = { t: en, f: formats('en-GB', en) };
const warning = (about: Partial<Warning>) => ({
  code: 'overbooked' as const,
  detail: 'There is more work than fits on these days.',
  dates: ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26'],
  count: 4,
  minutes: 90,
  project_id: 'p',
  ...about,
});

describe('a warning', () => {
  it('names the first days and counts the rest', () => {
    expect(sayWarning(warning({}), words)).toBe(
      'Over capacity: 23 Nov, 24 Nov, 25 Nov and 1 more day.',
    );
    const two = warning({ dates: ['2026-11-23', '2026-11-24'], count: 2 });
    expect(sayWarning(two, words)).toBe('Over capacity: 23 Nov, 24 Nov.');
  });
  it('says where there is no end', () => {
    expect(sayWarning(warning({ count: null, minutes: null }), words)).toBe(
      'Over capacity: 23 Nov, 24 Nov, 25 Nov and so on.',
    );
    expect(sayWarning(warning({ code: 'over-budget', minutes: null }), words)).toBe(
      'The work passes the budget of a project: without end.',
    );
  });
  it('has hours as the reader writes them', () => {
    expect(sayWarning(warning({ code: 'over-budget' }), words, () => 'Apollo')).toBe(
      'The work passes the budget of Apollo: 1.5 h.',
    );
  });
  it('of a newer server is said in its words', () => {
    const newer = { ...warning({}), code: 'brand-new' as Warning['code'], detail: 'Look.' };
    expect(sayWarning(newer, words)).toBe('Look.');
  });
  it.each(LOCALES)('leaves nothing to fill in: $name', async ({ locale }) => {
    const t = await load(locale);
    const codes = Object.keys(en.warnings) as Warning['code'][];
    const said = codes.map((code) => sayWarning(warning({ code }), { t, f: formats(locale, t) }));
    expect(said.filter((text) => text.includes('{'))).toEqual([]);
  });
});
