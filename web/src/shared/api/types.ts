/** The API's shapes under the names the app uses. */

export type Role = 'admin' | 'resource_manager' | 'member' | 'viewer';
export interface User {
  id: string;
  email: string;
  full_name: string;
  locale: string | null;
}
export interface TenantRef {
  id: string;
  slug: string;
  name: string;
  role: Role;
}
export interface SessionAnswer {
  access_token: string;
  token_type: string;
  expires_in: number;
  user: User;
  tenants: TenantRef[];
  last_view: string | null;
}
export interface FieldError {
  pointer: string;
  detail: string;
}
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string | null;
  instance?: string | null;
  errors?: FieldError[];
}
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  total: number;
}
export interface Touched {
  person_id: string | null;
  from: string;
  to: string;
}

export interface SkillLevel {
  skill_id: string;
  level: number;
}
export interface PersonBody {
  full_name: string;
  email?: string | null;
  user_id?: string | null;
  team_id?: string | null;
  manager_id?: string | null;
  employment?: { from: string | null; to: string | null };
  holiday_calendar_id?: string | null;
  skills?: SkillLevel[];
  tags?: string[];
  notes?: string | null;
  archived?: boolean;
}
export interface PersonView extends Required<PersonBody> {
  id: string;
  version: number;
  job_title: string | null;
}
export interface JobTitleView {
  id: string;
  version: number;
  title: string;
  effective_date: string;
}
export interface AvailabilityView {
  id: string;
  version: number;
  effective_date: string;
  anchor?: string | null;
  cycle: number[][];
  weekly_minutes?: number | null;
}
export interface AvailabilityBody {
  effective_date: string;
  anchor?: string | null;
  cycle?: number[][] | null;
  weekly_minutes?: number | null;
}
export interface Money {
  amount: number;
  currency: string;
}
export interface CompensationView {
  id: string;
  version: number;
  effective_date: string;
  type: 'hourly' | 'salaried';
  amount: Money | null;
  paid_time_off_days: number | null;
  other_benefits: string | null;
}
export interface NamedView {
  id: string;
  version: number;
  name: string;
}

export type ProjectStatus = 'tentative' | 'active' | 'completed';
export type ProjectType = 'managed-project' | 'non-managed-project' | 'team-augmentation';
export interface Phase {
  id?: string;
  name: string;
  from: string;
  to: string;
}
export interface Milestone {
  id?: string;
  name: string;
  date: string;
}
export interface ProjectBody {
  name: string;
  code?: string | null;
  client?: string | null;
  colour?: number | null;
  type?: ProjectType | null;
  status?: ProjectStatus;
  owner_id?: string | null;
  billable?: boolean;
  budget?: { minutes: number | null; amount: Money | null } | null;
  phases?: Phase[];
  milestones?: Milestone[];
  tags?: string[];
  notes?: string | null;
  archived?: boolean;
}
export interface ProjectView extends Required<Omit<ProjectBody, 'colour'>> {
  id: string;
  version: number;
  colour: number;
}

export type Effort = { per: 'week' | 'day' | 'total'; minutes: number } | { per: 'capacity'; share: number };
export type AssignmentStatus = 'confirmed' | 'tentative';
export interface AssignmentBody {
  person_id?: string | null;
  placeholder_id?: string | null;
  project_id: string;
  start: string;
  end: string | null;
  effort: Effort;
  weekdays?: string[] | null;
  include_non_working?: boolean;
  status?: AssignmentStatus;
  billable?: boolean | null;
  role?: string | null;
  notes?: string | null;
}
export interface AssignmentView extends Required<AssignmentBody> {
  id: string;
  version: number;
}
export type TimeOffStatus = 'requested' | 'approved';
export type TimeOffKind = 'vacation' | 'sick' | 'parental' | 'other';
export interface TimeOffBody {
  person_id: string;
  from: string;
  to: string;
  minutes_per_day?: number | null;
  status?: TimeOffStatus;
  kind?: TimeOffKind;
  reason?: string | null;
}
export interface TimeOffView extends Required<TimeOffBody> {
  id: string;
  version: number;
}

export interface DashboardAnswer {
  from: string;
  to: string;
  capacity_minutes: number;
  booked_minutes: number;
  tentative_minutes: number;
  busy_minutes: number;
  idle_minutes: number;
  overtime_minutes: number;
  demand_minutes: number;
  utilization: number | null;
  billable_minutes: number;
  billable_utilization: number | null;
  people: { fully_idle: number; partly_idle: number; fully_busy: number; no_capacity: number };
  by_role: {
    job_title: string | null;
    people: number;
    capacity_minutes: number;
    busy_minutes: number;
    idle_minutes: number;
    overtime_minutes: number;
    shortage_minutes: number;
  }[];
  by_week: { week_start: string; capacity_minutes: number; booked_minutes: number; tentative_minutes: number }[];
  projects: { project_id: string; name: string; code: string | null; colour: number; booked_minutes: number; tentative_minutes: number }[];
  overbooked: { person_id: string; full_name: string; days: number; first_day: string; overtime_minutes: number }[];
  becoming_free: { person_id: string; full_name: string; date: string }[];
}

export type Bucket = 'day' | 'week' | 'month';
export interface ScheduleCell {
  capacity_minutes: number;
  booked_minutes: number;
  tentative_minutes: number;
  overbooked: boolean;
}
export interface ScheduleAssignment {
  id: string;
  version: number;
  project_id: string;
  start: string;
  end: string | null;
  effort: Effort;
  weekdays: string[] | null;
  include_non_working: boolean;
  status: AssignmentStatus;
  tentative: boolean;
  billable: boolean;
  role: string | null;
  lane: number;
  notes: string | null;
}
export interface ScheduleTimeOff {
  id: string;
  version: number;
  from: string;
  to: string;
  minutes_per_day: number | null;
  status: TimeOffStatus;
  kind: TimeOffKind;
}
export interface ScheduleRow {
  person_id: string;
  version: number;
  full_name: string;
  job_title: string | null;
  team_id: string | null;
  lanes: number;
  utilization: number | null;
  capacity_minutes: number;
  booked_minutes: number;
  assignments: ScheduleAssignment[];
  time_off: ScheduleTimeOff[];
  holidays: { date: string; name: string; half: boolean }[];
  cells: ScheduleCell[];
}
export interface ScheduleProject {
  name: string;
  code: string | null;
  colour: number;
  status: ProjectStatus;
}
export interface SchedulePlaceholder {
  placeholder_id: string;
  title: string;
  assignments: ScheduleAssignment[];
  cells: { demand_minutes: number }[];
}
export interface ScheduleAnswer {
  head: string;
  from: string;
  to: string;
  bucket: Bucket;
  total: number;
  offset: number;
  buckets: { from: string; to: string }[];
  rows: ScheduleRow[];
  projects: Record<string, ScheduleProject>;
  placeholders?: SchedulePlaceholder[];
}
export interface ScheduleIndex {
  head: string;
  total: number;
  groups: { key: string | null; label: string | null; count: number }[];
  rows: { ids: string[]; lanes: number[] };
}
export interface Command {
  op: 'create' | 'update' | 'delete';
  resource: string;
  id?: string;
  expect?: number;
  body?: unknown;
}
export interface CommandsAnswer {
  head: string;
  results: unknown[];
  touched: Touched[];
  rows?: ScheduleRow[];
}
export interface PreviewAnswer {
  head: string;
  rows: ScheduleRow[];
  touched: Touched[];
  conflicts: { person_id: string; day: string; over_minutes: number }[];
}
export interface UndoAnswer {
  head: string;
  touched: Touched[];
  rows?: ScheduleRow[];
  step: string;
  label: string;
}
export interface LiveChange {
  head: string;
  actor: { user_id: string; name: string } | null;
  touched: Touched[];
  changed: string[];
}

export interface SettingsView {
  version: number;
  name: string;
  slug: string;
  week_start: 'monday' | 'sunday' | 'saturday';
  time_zone: string;
  currency: string;
  units: 'hours' | 'days' | 'percent' | 'fte';
}
