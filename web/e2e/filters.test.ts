import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  context,
  expectAccessible,
  fresh,
  joined,
  launch,
  openSchedule,
  overApi,
  signIn,
  type Seen,
} from './browser';

const FAR = '2034-03-06';
const TEAM = fresh('Foundry ');
const SKILL = fresh('Casting ');
const ROLE = fresh('Founder ');
const PROJECT = fresh('Bell ');
const STEM = fresh('Fil');
const [ONE, TWO, THREE] = [`${STEM} One`, `${STEM} Two`, `${STEM} Three`];

let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];
let person: string;
let project: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
  const { id: team_id } = await add(seen, '/teams', { name: TEAM });
  const { id: skill_id } = await add(seen, '/skills', { name: SKILL });
  ({ id: project } = await add(seen, '/projects', { name: PROJECT }));
  const skills = [{ skill_id, level: 3 }];
  ({ id: person } = await add(seen, '/people', { full_name: ONE, team_id, skills }));
  const { id: two } = await add(seen, '/people', { full_name: TWO, team_id });
  await add(seen, '/people', { full_name: THREE });
  await add(seen, `/people/${person}/job-titles`, { title: ROLE, effective_date: '2024-01-08' });
  await add(seen, '/assignments', {
    person_id: two,
    project_id: project,
    start: FAR,
    end: '2034-03-10',
    effort: { per: 'day', minutes: 900 },
  });
  await signIn(page);
});
afterAll(() => browser?.close());

const panel = () => page.getByRole('group', { name: 'Filter', exact: true });
const chips = () => page.getByRole('group', { name: 'Filters that are set' });
const names = () => page.getByRole('rowheader').getByRole('link').allTextContents();
const shows = (...people: string[]) => expect.poll(names).toEqual(people);
const open = () => page.getByRole('button', { name: /^Filter( \(\d\))?$/ }).click();
const choose = async (label: string, name: string) => {
  const field = panel().getByRole('combobox', { name: label });
  await field.click();
  await field.fill(name.slice(0, -1));
  await page.getByRole('option', { name }).click();
};
/** The panel lies over the chips. */
const remove = async (name: string) => {
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
  await chips()
    .getByRole('button', { name: `Remove the filter ${name.trim()}` })
    .click();
};

it('shows who has what is chosen, says how many they are, and keeps it in the address', async () => {
  await openSchedule(page, seen, FAR);
  await page.getByRole('columnheader', { name: /^\d+ people$/ }).waitFor();
  await open();
  await choose('Team', TEAM);
  await shows(ONE, TWO);
  await page.getByRole('columnheader', { name: /^2 of \d+ people$/ }).waitFor();
  await choose('Skill', SKILL);
  await shows(ONE);
  await expectAccessible(page, 'filters', 'main');
  await page.reload();
  await shows(ONE);
  for (const text of [`Team: ${TEAM}`, `Skill: ${SKILL}`])
    await chips().getByText(text, { exact: true }).waitFor();
  await remove(SKILL);
  await shows(ONE, TWO);
});

it('finds by job title, by project and by too much work', async () => {
  await open();
  await choose('Role', ROLE);
  await shows(ONE);
  await remove(ROLE);
  await shows(ONE, TWO);
  await open();
  await choose('Project', PROJECT);
  await shows(TWO);
  await panel().getByLabel('Only overbooked people').check();
  await chips().getByText('Overbooked', { exact: true }).waitFor();
  await shows(TWO);
  await remove(PROJECT);
  await shows(TWO);
});

it('says what nobody matches, and takes all of it away', async () => {
  await page.keyboard.press('Escape');
  await page.getByRole('grid').focus();
  await page.keyboard.press('f');
  await page.keyboard.type(THREE, { delay: 10 });
  await page.getByText(`No one matches Text: “${THREE}” · Team: ${TEAM} · Overbooked.`).waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await chips().waitFor({ state: 'detached' });
  await page.getByRole('columnheader', { name: /^\d+ people$/ }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('');
});

it('closes a list of options before the panel around it', async () => {
  await open();
  const field = panel().getByRole('combobox', { name: 'Team' });
  await field.click();
  await page.getByRole('option', { name: TEAM }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('option', { name: TEAM }).waitFor({ state: 'detached' });
  expect(await field.isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  await panel().waitFor({ state: 'detached' });
});

it('saves a view in this browser, opens it, and removes it', async () => {
  const view = fresh('Founders ');
  await openSchedule(page, seen, `${FAR}&q=${STEM}&zoom=32&group=team`);
  await open();
  await panel().getByLabel('Name of this view').fill(view);
  await panel().getByRole('button', { name: 'Save view' }).click();
  await panel().getByRole('button', { name: view, exact: true }).waitFor();
  await openSchedule(page, seen, FAR);
  await open();
  await panel().getByRole('button', { name: view, exact: true }).click();
  await shows(ONE, TWO, THREE);
  await page.getByRole('button', { name: 'Month', exact: true, pressed: true }).waitFor();
  expect(await page.getByRole('combobox', { name: 'Group by' }).inputValue()).toBe('team');
  await open();
  await panel()
    .getByRole('button', { name: `Remove the view ${view}` })
    .click();
  await panel().getByText(view).waitFor({ state: 'detached' });
});

it('folds a group by its header and by key, and remembers it', async () => {
  await openSchedule(page, seen, `${FAR}&q=${STEM}&group=team`);
  const header = page.getByRole('button', { name: `${TEAM} 2 people` });
  await shows(ONE, TWO, THREE);
  await header.click();
  await shows(THREE);
  await page.reload();
  await shows(THREE);
  expect(await header.getAttribute('aria-expanded')).toBe('false');
  const grid = page.getByRole('grid');
  await grid.focus();
  // From the first person up to the header, which the arrow opens.
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await shows(ONE, TWO, THREE);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('g');
  await shows(THREE);
  // The cursor went to the header, and opens the group from there.
  const at = await grid.getAttribute('aria-activedescendant');
  expect(await page.locator(`#${at}`).textContent()).toContain(TEAM);
  await page.keyboard.press('Enter');
  await shows(ONE, TWO, THREE);
});

it('keeps the header of a group over its rows', async () => {
  await page.setViewportSize({ width: 1000, height: 260 });
  const header = page.getByRole('button', { name: `${TEAM} 2 people` });
  const before = await header.boundingBox();
  await page.getByRole('grid').evaluate((grid) => grid.scrollBy(0, 60));
  await page.getByRole('link', { name: ONE }).waitFor();
  expect(await header.boundingBox()).toEqual(before);
  await page.setViewportSize({ width: 1440, height: 900 });
});

it('leads to a person by the name and by key, and from a booking to its project', async () => {
  const grid = await openSchedule(page, seen, `${FAR}&q=${STEM}`);
  await page.getByRole('link', { name: ONE }).click();
  await page.getByRole('heading', { name: ONE }).waitFor();
  await page.goBack();
  await shows(ONE, THREE, TWO);
  await grid.focus();
  await page.keyboard.press('o');
  await page.waitForURL(`**/people/${person}`);
  await page.goBack();
  await grid.getByRole('button', { name: new RegExp(PROJECT) }).click();
  await page.getByRole('link', { name: `Open project ${PROJECT}` }).click();
  await page.waitForURL(`**/projects/${project}`);
});

it('leads those who may only look there too', async () => {
  const other = await (await context(browser)).context.newPage();
  await joined(seen, other, 'viewer');
  const grid = await openSchedule(other, seen, `${FAR}&q=${STEM}`);
  await grid.getByRole('button', { name: new RegExp(PROJECT) }).click();
  await other.getByRole('link', { name: `Open project ${PROJECT}` }).click();
  await other.waitForURL(`**/projects/${project}`);
});

it('heard no complaint from the browser', () => expect(complaints).toEqual([]));
