import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ApiError, OfflineError } from '../api/client';
import { formats } from '../lib/format';
import { LOCALES, load, type Words } from './catalogue';
import { en } from './en';
import { sayError, sayProblem } from './problem';

/** The codes that the API's document lists, and the parameters that come with each. */
const listed: { enum: string[]; 'x-params': Record<string, string[]> } = JSON.parse(
  readFileSync('openapi.json', 'utf8'),
).components.schemas.ProblemCode;
const codes = () => listed.enum;
const speaksOf = (text: string | undefined) => [...(text?.match(/\{\w+\}/g) ?? [])].sort();

describe.each(LOCALES.map((l) => l.locale))('in %s', (locale) => {
  it('every code has a text', async () => {
    const texts: Record<string, string> = (await load(locale)).problems;
    expect(codes().filter((code) => !texts[code]?.trim())).toEqual([]);
  });

  it('every text has a code', async () => {
    const texts: Record<string, string> = (await load(locale)).problems;
    const known = new Set(codes());
    expect(Object.keys(texts).filter((code) => !known.has(code))).toEqual([]);
  });

  it('every text speaks of what comes with its code alone', async () => {
    const texts = Object.entries((await load(locale)).problems);
    const unknown = ([code, text]: [string, string]) =>
      speaksOf(text).filter((name) => !listed['x-params'][code]?.includes(name.slice(1, -1)));
    expect(texts.flatMap(unknown)).toEqual([]);
  });

  it('every text speaks of what the English one speaks of', async () => {
    const texts: Record<string, string> = (await load(locale)).problems;
    const english: Record<string, string> = en.problems;
    const differ = Object.keys(english).filter(
      (code) => String(speaksOf(texts[code])) !== String(speaksOf(english[code])),
    );
    expect(differ).toEqual([]);
  });
});

describe('a problem', () => {
  const problems = {
    ...en.problems,
    forbidden: 'No.',
    quota: 'At most {most}: {names}, from {date} on.',
  };
  const words: Words = { t: { ...en, problems }, f: formats('en-GB', en) };

  it('is said by its code', () => {
    expect(sayProblem({ code: 'forbidden', detail: 'Not you.' }, words)).toBe('No.');
  });
  it('is said by the server’s sentence where its code has no text or it has no code', () => {
    expect(sayProblem({ code: 'brand-new', detail: 'Not you.' }, words)).toBe('Not you.');
    expect(sayProblem({ code: 'constructor', detail: 'Not you.' }, words)).toBe('Not you.');
    expect(sayProblem({ detail: 'Not you.', title: 'Not allowed' }, words)).toBe('Not you.');
    expect(sayProblem({ title: 'Not allowed' }, words)).toBe('Not allowed');
  });
  it('has figures, dates and lists as the reader writes them', () => {
    const params = { most: 1200.5, names: ['Ana', 'Bo'], date: '2026-03-09' };
    expect(sayProblem({ code: 'quota', params }, words)).toBe(
      'At most 1,200.5: Ana and Bo, from 9 Mar 2026 on.',
    );
  });
  it('is said by the server’s sentence where something to speak of is missing', () => {
    const params = { most: 3, names: ['Ana', {}], date: '2026-03-09' };
    expect(sayProblem({ code: 'quota', params, detail: 'Too many.' }, words)).toBe('Too many.');
  });
  it('says who changed what, and when, where it tells that', () => {
    const problem = {
      type: 'x/conflict',
      title: 'No',
      status: 409,
      code: 'undo-conflict',
      changes: [
        {
          actor: { name: 'Bo', user_id: null, email: null },
          recorded_at: '2026-11-18T10:00:00Z',
          changes: [{ field: 'end', before: '2026-12-04', after: '2026-12-11' }],
        },
      ],
    };
    expect(sayError(new ApiError(problem), words)).toBe(
      `${en.problems['undo-conflict']} Changed last by Bo on 18 Nov 2026: To.`,
    );
  });
  it('is told from a server that does not answer, and from a fault of ours', () => {
    const problem = { type: 'x/forbidden', title: 'No', status: 403, code: 'forbidden' };
    expect(sayError(new ApiError(problem), words)).toBe('No.');
    expect(sayError(new OfflineError(), words)).toBe(en.error.offline);
    expect(sayError(new TypeError('x is undefined'), words)).toBe(en.error.unexpected);
  });
});
