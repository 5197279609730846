/** What somebody's weeks say, on their page and to themselves. */
export const plan = {
  weeks: 'Weeks',
  off: 'Time off and holidays',
  nothing: 'Nothing is booked in these weeks.',
  /** Of what holds from a day on that has not come yet. */
  upcoming: 'Upcoming',
  changed: (a: { now: string; before: string }) => `${a.now}, was ${a.before}`,
  earlier: 'Earlier week',
  later: 'Later week',
  free: 'Nothing is booked.',
  dayOff: 'No working day',
  request: 'Request time off',
  requestHint: 'It waits for whoever plans here. Until it is approved, nothing changes.',
  send: 'Request',
  sent: (a: { days: string }) => `Requested: ${a.days}`,
  requests: 'My time off',
  noRequests: 'No time off from today on, and no request that waits.',
  takeBack: 'Take back',
  takeBackOf: (a: { what: string }) => `Take back: ${a.what}`,
  takenBack: (a: { what: string }) => `Taken back: ${a.what}`,
  nobody: 'Your account is not linked to a person of the plan yet, so there is no week of yours.',
  askAdmin: (a: { workspace: string }) =>
    `Ask an admin of ${a.workspace} to link it: under Settings, Members, they choose the person that you are.`,
  linkSelf: 'Choose the person that you are among the members',
};
