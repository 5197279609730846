import { expect, it } from 'vitest';
import { forgetSteps, lastStep, noteStep, noteStepped } from './steps';

it('knows the step that is taken back next, of each workspace', () => {
  const [one, two] = [
    { text: 'Ana · Apollo moved', place: '/w/acme/schedule' },
    { text: 'Saved: Pay', place: '/w/acme/people/1' },
  ];
  expect(lastStep('acme')).toBeUndefined();
  noteStep('acme', one);
  noteStep('acme', two);
  noteStep('other', one);
  expect(lastStep('acme')).toBe(two);
  noteStepped('acme', 'undo');
  expect(lastStep('acme')).toBe(one);
  noteStepped('acme', 'redo');
  expect(lastStep('acme')).toBe(two);
  noteStepped('acme', 'undo');
  noteStepped('acme', 'undo');
  expect(lastStep('acme')).toBeUndefined();
  // What was done elsewhere is not known here.
  noteStepped('acme', 'undo');
  expect(lastStep('acme')).toBeUndefined();
  expect(lastStep('other')).toBe(one);
});

it('forgets what was taken back once something new is done', () => {
  noteStep('third', { text: 'a', place: '/' });
  noteStepped('third', 'undo');
  noteStep('third', { text: 'b', place: '/' });
  noteStepped('third', 'redo');
  expect(lastStep('third')?.text).toBe('b');
});

it('knows nothing more of a workspace where a step was taken back out of its turn', () => {
  noteStep('fourth', { text: 'a', place: '/' });
  noteStep('fourth', { text: 'b', place: '/' });
  noteStepped('fourth', 'undo');
  noteStep('fifth', { text: 'c', place: '/' });
  forgetSteps('fourth');
  expect(lastStep('fourth')).toBeUndefined();
  noteStepped('fourth', 'redo');
  expect(lastStep('fourth')).toBeUndefined();
  expect(lastStep('fifth')?.text).toBe('c');
});
