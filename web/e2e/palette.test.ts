/** The command palette: one reaches people, projects, screens and commands without a hand on the mouse. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  context,
  expectAccessible,
  fresh,
  launch,
  openSchedule,
  overApi,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Pällu Palette ');
const PROJECT = fresh('Palettes');
let browser: Browser;
let page: Page;
let seen: Seen;
let person: { id: string };
let project: { id: string };

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  person = await add(seen, '/people', { full_name: NAME });
  project = await add(seen, '/projects', { name: PROJECT });
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const field = () => page.getByRole('combobox', { name: 'Search' });
const option = (name: string) => page.getByRole('option', { name });
const at = (path: string) => page.waitForURL(`**/w/${seen.tenant.slug}${path}`);

it('opens a person by a part of the name, without its marks', async () => {
  const grid = await openSchedule(page, seen, '2022-09-12');
  await grid.focus();
  await page.keyboard.press('Control+k');
  await field().fill(NAME.trim().replace('ä', 'a').toLowerCase());
  await option(NAME.trim()).waitFor();
  await expectAccessible(page, 'palette', 'dialog');
  await page.keyboard.press('Enter');
  await at(`/people/${person.id}`);
  await field().waitFor({ state: 'detached' });
});

it('leads to a project in the schedule', async () => {
  await page.keyboard.press('Control+k');
  await field().fill(PROJECT);
  await option(PROJECT).waitFor();
  expect(await option(PROJECT).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('Shift+Enter');
  await at(`/schedule?*project_id=*${project.id}*`);
});

it('goes to screens, and takes commands', async () => {
  await page.getByRole('button', { name: 'Search (Ctrl K)' }).click();
  await field().fill('dashb');
  await option('Dashboard').waitFor();
  await page.keyboard.press('Enter');
  await at('/dashboard*');
  await page.keyboard.press('Control+k');
  await field().fill('theme dark');
  await option('Theme: Dark').click();
  const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await expect.poll(scheme).toBe('dark');
  await page.keyboard.press('Control+k');
  await expectAccessible(page, 'palette in the dark', 'dialog');
  await page.keyboard.press('ArrowDown');
  expect(await option('My week').getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await option('Switch workspace').getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('Escape');
});

it('says that nothing fits, and gives the focus back', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people`);
  const search = page.getByRole('searchbox', { name: 'Search' });
  await search.focus();
  await page.keyboard.press('Control+k');
  await field().fill('zzz nobody');
  await page.getByText('Nothing is called “zzz nobody”.').waitFor();
  await page.keyboard.press('Enter');
  await field().waitFor();
  await page.keyboard.press('Escape');
  await field().waitFor({ state: 'detached' });
  expect(await search.evaluate((element) => element === document.activeElement)).toBe(true);
});

it('does not open over what is being typed', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('button', { name: 'Add person' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Half a na');
  await page.keyboard.press('Control+k');
  expect(await field().count()).toBe(0);
  expect(await page.getByRole('dialog').getByLabel('Name').inputValue()).toBe('Half a na');
});
