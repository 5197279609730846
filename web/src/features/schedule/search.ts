/** The schedule's view as its address holds it: a link is a view. */
export interface ScheduleSearch {
  q?: string;
  group?: 'team' | 'role';
  sort?: 'utilization' | 'role';
  overbooked?: true;
  project_id?: string;
  team_id?: string;
  /** A job title. */
  role?: string;
  skill_id?: string;
  /** First visible day, `YYYY-MM-DD`. */
  date?: string;
  /** Pixels a day. */
  zoom?: number;
  density?: 'compact';
  person?: string;
}

const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : undefined);

export function scheduleSearch(search: Record<string, unknown>): ScheduleSearch {
  const zoom = Number(search.zoom);
  const date = text(search.date);
  return {
    q: text(search.q),
    group: search.group === 'team' || search.group === 'role' ? search.group : undefined,
    sort: search.sort === 'utilization' || search.sort === 'role' ? search.sort : undefined,
    overbooked: search.overbooked === true ? true : undefined,
    project_id: text(search.project_id),
    team_id: text(search.team_id),
    role: text(search.role),
    skill_id: text(search.skill_id),
    date: date && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : undefined,
    zoom: zoom >= 3 && zoom <= 120 ? zoom : undefined,
    density: search.density === 'compact' ? 'compact' : undefined,
    person: text(search.person),
  };
}

/** What says who has a row, in the order in which it is said. */
export const FILTERS = ['q', 'team_id', 'role', 'skill_id', 'project_id', 'overbooked'] as const;
export type FilterName = (typeof FILTERS)[number];

export const isFiltered = (search: ScheduleSearch) => FILTERS.some((name) => search[name]);

/** Whoever there is has a row again. */
export const NO_FILTERS: Partial<ScheduleSearch> = Object.fromEntries(
  FILTERS.map((name) => [name, undefined]),
);
