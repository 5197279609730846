/** The activity's filters as its address holds them: a link is a view. */
import type { TenantParams } from '@/shared/api/operations';
import { isIso, toDay, toIso } from '@/shared/lib/days';

/** What an old system's log told of has the names that it had there, and is no kind of its own. */
export type Kind = Exclude<NonNullable<TenantParams<'list_audit'>['entity']>, 'history'>;

/** The kinds of things, in the order of the filter; one that the API has and this has not does not compile. */
const ORDER: Record<Kind, true> = {
  assignment: true,
  time_off: true,
  person: true,
  job_title: true,
  placement: true,
  availability: true,
  compensation: true,
  project: true,
  client: true,
  placeholder: true,
  team: true,
  skill: true,
  holiday_calendar: true,
  member: true,
  settings: true,
};
export const KINDS = Object.keys(ORDER) as Kind[];
export const ACTIONS = ['created', 'changed', 'deleted'] as const;
export type Action = (typeof ACTIONS)[number];

export interface ActivitySearch {
  q?: string;
  /** A user's id. */
  actor?: string;
  entity?: Kind;
  entity_id?: string;
  action?: Action;
  /** First and last day, as the reader's clock has them. */
  from?: string;
  to?: string;
}

const text = (v: unknown) => (typeof v === 'string' && v !== '' ? v : undefined);
const date = (v: unknown) => (typeof v === 'string' && isIso(v) ? v : undefined);
export const isKind = (v: unknown): v is Kind => KINDS.some((kind) => kind === v);
export const isAction = (v: unknown): v is Action => ACTIONS.some((action) => action === v);

/** An id that the server would not read asks for nothing. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
export const isId = (v: unknown): v is string => typeof v === 'string' && UUID.test(v);

export const activitySearch = (search: Record<string, unknown>): ActivitySearch => ({
  q: text(search.q),
  actor: isId(search.actor) ? search.actor : undefined,
  entity: isKind(search.entity) ? search.entity : undefined,
  entity_id: isId(search.entity_id) ? search.entity_id : undefined,
  action: isAction(search.action) ? search.action : undefined,
  from: date(search.from),
  to: date(search.to),
});

export const isFiltered = (search: ActivitySearch) =>
  Object.values(search).some((value) => value !== undefined);

/** The beginning of a day by the reader's clock. */
const begins = (iso: string) => new Date(`${iso}T00:00`).toISOString();

/** What the server is asked; it takes instants, of which the last is not in any more. */
export const auditQuery = ({ from, to, ...same }: ActivitySearch): TenantParams<'list_audit'> => ({
  ...same,
  from: from && begins(from),
  to: to && begins(toIso(toDay(to) + 1)),
});
