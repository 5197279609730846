/** Placeholders in the schedule: which have a row, and the pages in which the server has them. */
import type { TenantParams } from '@/shared/api/operations';
import type * as T from '@/shared/api/schema.gen';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { toIso } from '@/shared/lib/days';
import type { Filters } from './data';

export interface Staff {
  /** Those with a row, in their order. */
  ids: string[];
  /** Where the server has each of them, in sight or not. */
  offsets: ReadonlyMap<string, number>;
  lanes: ReadonlyMap<string, number>;
}

export const NO_STAFF: Staff = { ids: [], offsets: new Map(), lanes: new Map() };

const PAGE = 200;
type PageQuery = Pick<
  TenantParams<'schedule'>,
  'from' | 'to' | 'bucket' | 'offset' | 'limit' | 'q' | 'team_id'
>;

/** By what the server orders placeholders, whatever the period; null where only people are asked for. */
export function staffFilters(filters: Filters): Pick<Filters, 'q' | 'team_id'> | null {
  const { q, team_id, role, skill_id, overbooked } = filters;
  return role || skill_id || overbooked ? null : { q, team_id };
}

/** Loads a page of placeholders. */
export async function askStaff(
  api: WorkspaceApi,
  query: PageQuery,
  signal?: AbortSignal,
): Promise<T.PlaceholderSchedule> {
  const answer = await api.call('schedule', { ...query, by: 'placeholder' }, { signal });
  if (answer.by !== 'placeholder') throw new Error('other rows came in place of placeholders');
  return answer;
}

/** A row is of whoever has work in the period, and of whoever waits for its first; of one project, whoever has work on it. */
export function hasRow(
  { assignments, lanes }: Pick<T.PlaceholderRow, 'assignments' | 'lanes'>,
  project?: string,
): boolean {
  if (project) return assignments.some((bar) => bar.project_id === project);
  return assignments.length > 0 || lanes === 0;
}

/** Asks for the order of placeholders, page by page. */
export async function askStaffOrder(
  api: WorkspaceApi,
  filters: Filters,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<Staff> {
  const asked = staffFilters(filters);
  if (!asked) return NO_STAFF;
  const query = {
    ...asked,
    from: toIso(from),
    to: toIso(to),
    bucket: 'month',
    limit: PAGE,
  } as const;
  const page = (offset: number) => askStaff(api, { ...query, offset }, signal);
  const first = await page(0);
  const others = Array.from(
    { length: Math.ceil(first.total / PAGE) - 1 },
    (_, i) => (i + 1) * PAGE,
  );
  const rows = [first, ...(await Promise.all(others.map(page)))].flatMap((found) => found.rows);
  const shown = rows.filter((row) => hasRow(row, filters.project_id));
  return {
    ids: shown.map((row) => row.placeholder_id),
    offsets: new Map(rows.map((row, i) => [row.placeholder_id, i])),
    lanes: new Map(shown.map((row) => [row.placeholder_id, row.lanes])),
  };
}
