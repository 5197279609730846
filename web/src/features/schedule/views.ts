/** Views that were saved under a name: in this browser, a list for each workspace. */
import { FILTERS, scheduleSearch, type ScheduleSearch } from './search';

export interface View {
  name: string;
  search: ScheduleSearch;
}

/** What of a view is saved: not the days, for a view is opened to look at today's. */
const KEPT = [...FILTERS, 'group', 'sort', 'zoom'] as const;

const key = (workspace: string) => `raally-views-${workspace}`;

/** The part of an address that a view keeps, with `undefined` for what it does not set. */
export const keptOf = (search: ScheduleSearch): ScheduleSearch =>
  Object.fromEntries(KEPT.map((name) => [name, search[name]]));

const isView = (value: unknown): value is { name: string; search: Record<string, unknown> } => {
  const { name, search } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof search === 'object' && search !== null;
};

export function readViews(workspace: string, store: Storage = localStorage): View[] {
  try {
    const stored: unknown = JSON.parse(store.getItem(key(workspace)) ?? '[]');
    const views = Array.isArray(stored) ? stored.filter(isView) : [];
    return views.map(({ name, search }) => ({ name, search: keptOf(scheduleSearch(search)) }));
  } catch {
    // What another hand wrote there is no list.
    return [];
  }
}

export const writeViews = (workspace: string, views: View[], store: Storage = localStorage) =>
  store.setItem(key(workspace), JSON.stringify(views));

/** The views with one more, by name; one of the same name is replaced. */
export const withView = (views: View[], name: string, search: ScheduleSearch): View[] =>
  [...without(views, name), { name, search: keptOf(search) }].sort((a, b) =>
    a.name.localeCompare(b.name),
  );

export const without = (views: View[], name: string): View[] =>
  views.filter((view) => view.name !== name);
