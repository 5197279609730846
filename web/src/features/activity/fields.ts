/** What fields are called, which of them name other things, and what their fixed values mean. */
import type { Catalogue } from '@/shared/i18n/catalogue';

/** The kinds of things whose names are asked for by id. */
export type Reference =
  'person' | 'project' | 'placeholder' | 'team' | 'holiday_calendar' | 'skill' | 'member';

export const REFERENCES: Readonly<Record<string, Reference>> = {
  person_id: 'person',
  manager_id: 'person',
  owner_id: 'person',
  project_id: 'project',
  placeholder_id: 'placeholder',
  team_id: 'team',
  holiday_calendar_id: 'holiday_calendar',
  skill_id: 'skill',
  user_id: 'member',
};

const namesOf = ({ activity, dashboard, people, projects, resource, schedule }: Catalogue) => ({
  ...activity.fields,
  amount: people.amount,
  archived: resource.archived,
  billable: projects.billable,
  client: projects.client,
  code: projects.code,
  colour: projects.colour,
  currency: people.currency,
  cycle: people.perWeekday,
  effective_date: people.effective,
  effort: schedule.effort,
  email: people.email,
  employment: people.employment,
  end: schedule.end,
  from: dashboard.from,
  full_name: people.name,
  holiday_calendar_id: people.calendar,
  include_non_working: schedule.nonWorking,
  kind: people.kind,
  location: schedule.location,
  manager_id: people.manager,
  milestones: projects.milestones,
  name: people.name,
  notes: schedule.notes,
  other_benefits: people.benefits,
  owner_id: projects.owner,
  paid_time_off_days: people.paidTimeOff,
  person_id: schedule.person,
  phases: projects.phases,
  placeholder_id: projects.placeholder,
  portion: people.portion,
  project_id: schedule.project,
  reason: people.reason,
  role: schedule.role,
  skills: people.skills,
  start: schedule.start,
  status: people.status,
  tags: people.tags,
  team_id: people.team,
  title: people.jobTitle,
  to: dashboard.to,
  type: projects.type,
  weekdays: schedule.onlyOn,
  weekly_minutes: people.weekly,
});

/** A field's name; one that nobody knows any more is shown as it was stored. */
export function fieldName(entity: string, field: string, t: Catalogue): string {
  const names: Readonly<Record<string, string>> = namesOf(t);
  if (entity === 'project' && field === 'from') return t.projects.from;
  if (entity === 'project' && field === 'to') return t.projects.to;
  if (entity === 'compensation' && field === 'type') return t.people.payType;
  if (entity === 'settings' && field === 'theme') return t.app.theme;
  if (Object.hasOwn(names, field)) return names[field] ?? field;
  const spaced = field.replace(/_/g, ' ');
  return spaced.charAt(0).toLocaleUpperCase() + spaced.slice(1);
}

type Choices = Readonly<Record<string, string>>;

/** What the fixed values of a field mean. */
export function choicesOf(entity: string, field: string, t: Catalogue): Choices | undefined {
  const { activity, app, people, projects, schedule, workspaces } = t;
  const [mon = '', , , , , sat = '', sun = ''] = people.weekdays;
  const choices: Readonly<Record<string, Choices>> = {
    'assignment.status': { confirmed: activity.confirmed, tentative: schedule.tentative },
    'project.status': projects.statuses,
    'project.type': projects.types,
    'time_off.status': {
      requested: people.requested,
      approved: people.approved,
      declined: people.declined,
    },
    'time_off.portion': people.portions,
    'time_off.kind': {
      vacation: schedule.vacation,
      sick: schedule.sick,
      parental: schedule.parental,
      other: schedule.otherOff,
    },
    'compensation.type': { hourly: people.hourly, salaried: people.salaried },
    'member.role': workspaces.role,
    'settings.theme': { system: app.themeSystem, light: app.themeLight, dark: app.themeDark },
    'settings.overbooking': activity.overbooking,
    'settings.units': activity.units,
    'settings.week_start': { monday: mon, saturday: sat, sunday: sun },
  };
  return choices[`${entity}.${field}`];
}
