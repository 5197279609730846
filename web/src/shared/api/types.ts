/** The API's shapes under the names the app uses; all of them come from the server's own document. */
import type { components } from './schema.gen';

type S = components['schemas'];

export type Role = S['Role'];
export type User = S['UserView'];
export type TenantRef = S['TenantView'];
export type SessionAnswer = S['Session'];
export type Problem = Pick<S['Problem'], 'type' | 'title' | 'status'> & Partial<S['Problem']>;
export type Touched = S['Touched'];

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor?: string | null;
  total: number;
}

export type SkillLevel = S['PersonSkillBody'];
export type PersonBody = S['NewPerson'];
export type PersonView = S['PersonView'];
export type JobTitleView = S['JobTitleView'];
export type JobTitleBody = S['NewJobTitle'];
export type AvailabilityBody = S['NewAvailability'];
export type AvailabilityView = S['AvailabilityView'];
export type CompensationBody = S['NewCompensation'];
export type CompensationView = S['CompensationView'];
export type NamedView = S['NamedView'];

export type ProjectStatus = S['ProjectStatus'];
export type ProjectType = S['ProjectType'];
export type Phase = S['PhaseBody'];
export type Milestone = S['MilestoneBody'];
export type ProjectBody = S['NewProject'];
export type ProjectView = S['ProjectView'];

export type Effort = S['EffortBody'];
export type AssignmentBody = S['NewAssignment'];
export type AssignmentView = S['AssignmentView'];
export type TimeOffStatus = S['TimeOffStatus'];
export type TimeOffKind = S['TimeOffKind'];
export type TimeOffBody = S['NewTimeOff'];
export type TimeOffView = S['TimeOffView'];
export type SettingsView = S['SettingsView'];

export type DashboardAnswer = S['Dashboard'];

export type Bucket = S['Bucket'];
export type ScheduleCell = S['Cell'];
export type ScheduleAssignment = S['AssignmentBar'];
export type ScheduleTimeOff = S['TimeOffBar'];
export type Holiday = S['Holiday'];
export type ScheduleRow = S['ScheduleRow'];
export type ScheduleProject = S['ProjectLabel'];
export type ScheduleAnswer = S['Schedule'];
export type ScheduleIndex = S['ScheduleIndex'];
export type Command = S['Command'];
export type CommandsAnswer = S['Batched'];
export type PreviewAnswer = S['Preview'];
export type UndoAnswer = S['Stepped'];
export type LiveChange = S['LiveChange'];

export type NewsKind = S['NewsKind'];
export type NotificationView = S['Notification'];
export type NotificationPage = S['NotificationPage'];
export type NotificationSettings = S['NotificationSettings'];
export type UnreadCount = S['UnreadCount'];

export type InvitationLetter = S['InvitationLetter'];
export type InvitationView = S['InvitationView'];
export type InvitationList = S['InvitationList'];
export type NewInvitation = S['NewInvitation'];
