import { expect, it } from 'vitest';
import { ownerBody, ownerOf, wholeOwnerBody, type Owner } from './owner';

const ana: Owner = { kind: 'person', id: 'ana' };
const dev: Owner = { kind: 'placeholder', id: 'dev' };

it('says whose a booking is, and so of nobody else', () => {
  expect(ownerBody(ana)).toEqual({ person_id: 'ana' });
  expect(ownerBody(dev)).toEqual({ placeholder_id: 'dev' });
  expect(wholeOwnerBody(dev)).toEqual({ person_id: null, placeholder_id: 'dev' });
  expect([wholeOwnerBody(ana), wholeOwnerBody(dev)].map(ownerOf)).toEqual([ana, dev]);
  expect(ownerOf({})).toBeNull();
});
