import { pluralOf } from '../plural';

const p = pluralOf('en');

/** What the schedule says of placeholders. */
export const staff = {
  group: 'To staff',
  count: (a: { n: number }) => p(a.n, '{n} placeholder', '{n} placeholders'),
  add: 'Add placeholder',
  edit: 'Placeholder',
  removeHint: 'Removing it removes its bookings too.',
  titleHint: 'Who is wanted, such as Developer.',
  cell: (a: { period: string; hours: string }) => `${a.period}: ${a.hours} to staff`,
  tentative: (a: { hours: string }) => `${a.hours} tentative`,
  nothing: 'No person or placeholder of this name',
};
