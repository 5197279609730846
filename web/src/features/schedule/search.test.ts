import { expect, it } from 'vitest';
import { FILTERS, isFiltered, NO_FILTERS, scheduleSearch } from './search';

it('reads every filter from an address, and nothing that is none', () => {
  const address = {
    q: 'ana',
    team_id: 't',
    role: 'Designer',
    skill_id: 's',
    project_id: 'p',
    overbooked: true,
    group: 'team',
    sort: 'role',
  };
  expect(scheduleSearch(address)).toMatchObject(address);
  const odd = { q: '', role: 7, overbooked: 'true', group: 'skill', zoom: 500, date: 'today' };
  expect(Object.values(scheduleSearch(odd)).filter((value) => value !== undefined)).toEqual([]);
});

it('is filtered by any filter, and by none after all are cleared', () => {
  for (const name of FILTERS) {
    const search = scheduleSearch({ [name]: name === 'overbooked' ? true : 'x' });
    expect(isFiltered(search), name).toBe(true);
    expect(isFiltered({ ...search, ...NO_FILTERS }), name).toBe(false);
  }
  expect(isFiltered(scheduleSearch({ group: 'team', sort: 'role', zoom: 32 }))).toBe(false);
});
