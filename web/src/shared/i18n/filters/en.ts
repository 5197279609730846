import { pluralOf } from '../plural';

const p = pluralOf('en');

/** What the schedule's filters and saved views say. */
export const filters = {
  open: 'Filter',
  openSet: (a: { n: number }) => `Filter (${a.n})`,
  set: 'Filters that are set',
  any: 'Any',
  text: 'Text',
  skill: 'Skill',
  overbooked: 'Only overbooked people',
  noTeam: 'No team of this name',
  noSkill: 'No skill of this name',
  noRole: 'No such job title in this period',
  clearAll: 'Clear all',
  clear: 'Clear filters',
  noMatch: (a: { filters: string }) => `No one matches ${a.filters}.`,
  people: (a: { n: number }) => p(a.n, '{n} person', '{n} people'),
  peopleOf: (a: { n: string; all: number }) =>
    p(a.all, `${a.n} of {n} person`, `${a.n} of {n} people`),
  views: 'Saved views',
  viewName: 'Name of this view',
  viewHint: 'Filters, groups, order and zoom, kept in this browser only.',
  saveView: 'Save view',
  replaceView: 'Replace',
  viewSaved: (a: { name: string }) => `View “${a.name}” saved.`,
  removeView: (a: { name: string }) => `Remove the view ${a.name}`,
  openProject: (a: { project: string }) => `Open project ${a.project}`,
  keyOpen: 'Open the person’s page, or the placeholder',
  keyGroup: 'Collapse the group, or open it again',
};
