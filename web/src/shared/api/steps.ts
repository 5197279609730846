/** What was changed in this tab, so that taking back can say what it takes back and whether one would see it. */
export interface Step {
  text: string;
  /** The page on which it was done. */
  place: string;
}

const MOST = 100;
const done = new Map<string, Step[]>();
const undone = new Map<string, Step[]>();
const of = (steps: Map<string, Step[]>, tenant: string) => steps.get(tenant) ?? [];
const push = (steps: Map<string, Step[]>, tenant: string, step: Step) =>
  steps.set(tenant, [...of(steps, tenant), step].slice(-MOST));

export function noteStep(tenant: string, step: Step) {
  push(done, tenant, step);
  undone.delete(tenant);
}

/** After a step was taken back out of its turn: which of these it was is not known. */
export function forgetSteps(tenant: string) {
  done.delete(tenant);
  undone.delete(tenant);
}

/** The step that is taken back next; undefined where it was not done in this tab. */
export const lastStep = (tenant: string): Step | undefined => of(done, tenant).at(-1);

/** Notes that the last step was taken back or done again. */
export function noteStepped(tenant: string, which: 'undo' | 'redo') {
  const [from, to] = which === 'undo' ? [done, undone] : [undone, done];
  const step = lastOf(from, tenant);
  if (step) push(to, tenant, step);
}

function lastOf(steps: Map<string, Step[]>, tenant: string): Step | undefined {
  const all = of(steps, tenant);
  steps.set(tenant, all.slice(0, -1));
  return all.at(-1);
}
