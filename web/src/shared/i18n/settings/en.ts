import { pluralOf } from '../plural';

const p = pluralOf('en');

/** The settings' own pages: the workspace, and its end. */
export const settings = {
  title: 'Settings',
  pages: {
    workspace: 'Workspace',
    members: 'Members',
    holidays: 'Holidays',
    closing: 'Close the workspace',
  },
  readOnly: 'Only admins change these settings.',
  identity: 'Name and looks',
  calendar: 'Calendar and units',
  planning: 'Overbooking',
  name: 'Name',
  slug: 'Address, after /w/',
  slugHint: 'Links to this workspace change with it: those that were passed on lead nowhere then.',
  slugShape: 'Lower-case letters, digits and hyphens only.',
  timeZone: 'Time zone',
  noMatch: 'Nothing of this name',
  weekStart: 'Weeks begin on',
  weekStarts: { monday: 'Monday', sunday: 'Sunday', saturday: 'Saturday' },
  currency: 'Currency',
  units: 'Work is shown in',
  unitNames: { hours: 'Hours', days: 'Days', percent: 'Percent of capacity', fte: 'FTE' },
  calendarOf: 'Holiday calendar',
  noCalendar: 'No holidays',
  overbooking: 'A booking over capacity',
  overbookings: { allow: 'Is allowed, and shown', forbid: 'Is refused' },
  tolerance: 'Hours a day over capacity that do not count',
  theme: 'Theme, for whoever has chosen none',
  themes: { system: 'System', light: 'Light', dark: 'Dark' },
  accent: 'Accent colour',
  accentHint: 'As #rrggbb. Text stays readable: where it would not, the colour is shifted.',
  accentShape: 'A colour looks like #rrggbb.',
  logo: 'Address of the logo',
  logoHint: 'Begins with https://',
  week: 'Default week',
  weekHint:
    'For everybody who has no availability of their own. The first one holds before its date as well.',
  noWeek: 'No default week.',
  closeHint:
    'The workspace is suspended at once: nobody plans in it or looks at it any more. All that it holds can be fetched as a file, and the closing be taken back, until it is erased some days later. After that nothing brings it back.',
  close: 'Close this workspace',
  closeTitle: (a: { name: string }) => `Close ${a.name}?`,
  closeWarning:
    'It is suspended for everybody at once. All admins get a mail that says when it will be erased.',
  closeType: (a: { name: string }) => `Type “${a.name}” to go on`,
  closeOther: (a: { name: string }) => `This is not “${a.name}”.`,
  closingNow: 'This workspace is being closed.',
  closingState: {
    preparing: 'The file with all that it holds is being written.',
    waiting: 'It is suspended, and its file can be fetched.',
    erasing: 'It is being erased. This cannot be taken back any more.',
    resuming: 'The closing is being taken back.',
  },
  eraseAt: (a: { date: string }) => `It will be erased on ${a.date}.`,
  takeBack: 'Take the closing back',
  takenBack: 'The workspace is open as before.',
  export: 'Fetch all that it holds',
};

export const members = {
  title: 'Members',
  count: (a: { n: number }) => p(a.n, '{n} member', '{n} members'),
  noMatch: (a: { q: string }) => `No member matches “${a.q}”.`,
  name: 'Name',
  you: 'You',
  role: 'Role',
  person: 'Person in the plan',
  noPerson: 'Nobody',
  edit: (a: { name: string }) => `Edit: ${a.name}`,
  ownRole:
    'This is your own role: without “Admin” you will not see to members and settings any more.',
  linked: (a: { name: string }) =>
    `${a.name} is linked with another member so far, and will be linked with this one instead.`,
  changed: (a: { name: string; role: string }) => `${a.name} · ${a.role}`,
  remove: (a: { name: string }) => `Remove: ${a.name}`,
  removeTitle: (a: { name: string }) => `Remove ${a.name}?`,
  removeHint:
    'They cannot open this workspace any more, from now on. What they planned stays, and so does their person in the plan. This cannot be undone: to bring them back, invite them again.',
  removeSelf:
    'You leave this workspace, and cannot open it any more. What you planned stays. To come back, you need an invitation.',
  removeAction: 'Remove member',
  leave: 'Leave the workspace',
  removed: (a: { name: string }) => `${a.name} is no member any more.`,
  roles: {
    admin: 'Does everything, members and settings too',
    resource_manager: 'Plans work, and manages people, projects and holidays',
    member: 'Looks at the plan, and asks for time off',
    viewer: 'Looks at the plan',
  },
};

export const holidays = {
  title: 'Holidays',
  count: (a: { n: number }) => p(a.n, '{n} calendar', '{n} calendars'),
  add: 'Add calendar',
  empty:
    'No holiday calendar yet. Add one for each country or region, then choose it for the workspace or for people.',
  noMatch: (a: { q: string }) => `No calendar matches “${a.q}”.`,
  name: 'Name',
  nameHint: 'Such as a country or region',
  daysIn: (a: { year: number }) => `Days in ${a.year}`,
  usual: 'The workspace’s calendar',
  use: 'Use',
  isUsual:
    'It holds for everybody who has no other. To remove it, give the workspace another one first.',
  notUsual: 'It holds for the people who have it in their placement.',
  makeUsual: 'Make it the workspace’s calendar',
  madeUsual: (a: { name: string }) => `The workspace’s calendar is ${a.name}`,
  remove: 'Remove calendar',
  days: 'Days',
  showYear: (a: { year: number }) => `Show ${a.year}`,
  noDays: (a: { year: number }) => `No days in ${a.year} yet.`,
  addDay: 'Add day',
  editDay: (a: { day: string }) => `Edit: ${a.day}`,
  removeDay: (a: { day: string }) => `Remove: ${a.day}`,
  date: 'Date',
  dayName: 'Name of the day',
  kind: 'Kind',
  kinds: { off: 'Day off', half: 'Half day off', worked: 'Worked day' },
  worksAs: 'Worked like a',
  asWeekday: (a: { weekday: string }) => `Worked like a ${a.weekday}`,
  copy: (a: { year: number }) => `Copy days of ${a.year}`,
  copyHint: (a: { year: number }) =>
    `They get the same dates in ${a.year}. Worked days are not copied.`,
  copyDays: 'Days',
  moves: 'was on another date in another year',
  chooseOne: 'Choose at least one day.',
};
