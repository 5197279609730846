/** What the log says, as a reader wants to hear it: by day, step by step, with the place where it can be seen. */
import type { AuditItem, Role } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { today as dayOf } from '@/shared/lib/days';
import type { DetailRoute } from '@/shared/resource/routes';
import { isAction, isId, isKind } from './search';

/** What was done in one go, the latest event first. */
export interface StepEntry {
  key: string;
  step: string;
  items: [AuditItem, ...AuditItem[]];
}
export interface Day {
  day: number;
  entries: StepEntry[];
}

/** Days by the reader's clock, and on each the steps; events of a step that follow one another stand together. */
export function byDay(items: readonly AuditItem[]): Day[] {
  const days: Day[] = [];
  for (const item of items) {
    const day = dayOf(new Date(item.occurred_at));
    let last = days.at(-1);
    if (last?.day !== day) days.push((last = { day, entries: [] }));
    const entry = last.entries.at(-1);
    if (entry?.step === item.step) entry.items.push(item);
    else last.entries.push({ key: item.id, step: item.step, items: [item] });
  }
  return days;
}

/** What a step was begun with: the person rather than the placement that came along. */
export const mainOf = ({ items }: StepEntry): AuditItem =>
  items.reduce((main, item) => (item.seq < main.seq ? item : main));

/** Who did it; an import and Raally itself have names too. */
export function whoDid({ actor, imported }: AuditItem, t: Catalogue): string {
  if (!actor) return imported ? t.activity.import : t.app.name;
  return actor.name || actor.email || t.activity.deletedAccount;
}

const spaced = (name: string) => name.replace(/_/g, ' ');

const did = (action: string, what: string, t: Catalogue) =>
  isAction(action) ? t.activity.did[action]({ what }) : `${spaced(action)}: ${what}`;

/** What happened, without the label of the thing, which follows: `added the booking`. */
export function sayItem({ action, entity }: AuditItem, t: Catalogue): string {
  return did(action, isKind(entity) ? t.activity.kinds[entity].the : spaced(entity), t);
}

/** What was done in a step where all of it is of one sort: `changed 5 bookings`. */
export function sayAlike({ items }: StepEntry, t: Catalogue): string | null {
  const [{ action, entity }] = items;
  const alike = items.every((item) => item.action === action && item.entity === entity);
  if (!alike || items.length === 1 || !isKind(entity)) return null;
  return did(action, t.activity.kinds[entity].some({ n: items.length }), t);
}

/** The value of a field after the event, or before it where there is none any more. */
function valueOf({ changes }: AuditItem, field: string): string | undefined {
  const change = changes.find((c) => c.field === field);
  const value: unknown = change?.after ?? change?.before;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const PAGES: Readonly<Record<string, DetailRoute>> = {
  person: '/w/$tenant/people/$id',
  project: '/w/$tenant/projects/$id',
  client: '/w/$tenant/clients/$id',
};
const DATED = ['job_title', 'placement', 'availability', 'compensation', 'time_off'];

/** Where a thing can be seen: on a page, or in the schedule, on a day that may have to be asked for. */
export type Place =
  { page: DetailRoute; id: string } | { booking: string; person: string; date: string | undefined };

export function placeOf(item: AuditItem): Place | null {
  const { entity, entity_id: id, action, label } = item;
  const onPage = (kind: string, of: string | undefined): Place | null => {
    const page = PAGES[kind];
    return page && isId(of) ? { page, id: of } : null;
  };
  if (entity === 'assignment') {
    if (valueOf(item, 'placeholder_id')) return onPage('project', valueOf(item, 'project_id'));
    const date = valueOf(item, 'start');
    const [person] = label.split(' – ');
    if (!person || !isId(id) || (action === 'deleted' && !date)) return null;
    return { booking: id, person, date };
  }
  if (DATED.includes(entity)) return onPage('person', valueOf(item, 'person_id'));
  return action === 'deleted' ? null : onPage(entity, id);
}

/** Whether undo may be tried: one's own steps, for admins everybody's; never members, nor what was imported. */
export function mayUndo({ items }: StepEntry, me: string, role: Role): boolean {
  return items.every(({ actor, imported, entity }) => {
    const user = actor?.user_id;
    const allowed = role === 'admin' || (mayPlan(role) && user === me);
    return Boolean(user) && allowed && !imported && entity !== 'member' && isKind(entity);
  });
}
