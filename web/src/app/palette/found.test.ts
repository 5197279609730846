import { describe, expect, it } from 'vitest';
import { plain } from '@/shared/lib/plain';
import { fitting, grouped, type Entry, type Kind } from './found';

const entry = (text: string, kind: Kind = 'screens'): Entry => ({
  id: text,
  kind,
  text,
  icon: 'search',
  run: () => undefined,
});
const texts = (entries: Entry[]) => entries.map(({ text }) => text);

describe('what fits', () => {
  const all = ['Open the dashboard', 'Projects', 'Área de proyectos'].map((text) => entry(text));

  it('is everything while nothing is typed', () =>
    expect(texts(fitting(all, ' '))).toEqual([
      'Open the dashboard',
      'Projects',
      'Área de proyectos',
    ]));
  it('holds every word, in any order', () => {
    expect(texts(fitting(all, 'dash open'))).toEqual(['Open the dashboard']);
    expect(fitting(all, 'dash project')).toEqual([]);
  });
  it('heeds neither case nor marks', () => {
    expect(plain('ÁREA')).toBe('area');
    expect(texts(fitting(all, 'area'))).toEqual(['Área de proyectos']);
  });
  it('begins with what begins so', () =>
    expect(texts(fitting(all, 'pro'))).toEqual(['Projects', 'Área de proyectos']));
});

it('groups by kind, in the order of first appearance', () => {
  const list = [entry('a', 'people'), entry('b', 'screens'), entry('c', 'people')];
  expect(grouped(list).map(([kind, of]) => [kind, texts(of)])).toEqual([
    ['people', ['a', 'c']],
    ['screens', ['b']],
  ]);
});
