import type { WarningCode } from '@/shared/api/schema.gen';

/** What a write warns of, by code. `{days}`, `{hours}` and `{project}` are those that it is about. */
export const warnings = {
  'no-load': 'No working day lies in it: this booking counts nothing.',
  overbooked: 'Over capacity: {days}.',
  infeasible: 'The work does not fit, {hours} too much: {days}.',
  displaced: 'Time off takes {hours} from {project}: {days}.',
  'requested-time-off': 'Time off is asked for: {days}.',
  'outside-employment': 'Not employed: {days}.',
  'outside-project': 'The project does not run: {days}.',
  'over-budget': 'The work passes the budget of {project}: {hours}.',
} satisfies Record<WarningCode, string>;
