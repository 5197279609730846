/** Dates are shown and typed as the app's language writes them, whatever the browser's. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { add, ask, context, fresh, launch, overApi, signIn, type Seen } from './browser';

const NAME = fresh('Dora Dates ');
const PROJECT = fresh('Dated');
let browser: Browser;
let page: Page;
let seen: Seen;
let id: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const { id: person_id } = await add(seen, '/people', { full_name: NAME });
  const { id: project_id } = await add(seen, '/projects', { name: PROJECT });
  const effort = { per: 'week', minutes: 600 };
  const booking = { person_id, project_id, start: '2034-05-01', end: '2034-05-26', effort };
  ({ id } = await add(seen, '/assignments', booking));
  page = await (await context(browser, { locale: 'en-US' })).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const editor = () => page.getByRole('dialog');
const open = async () => {
  const q = encodeURIComponent(NAME.trim());
  await page.goto(`/w/${seen.tenant.slug}/schedule?date=2034-05-01&q=${q}`);
  await page
    .getByRole('grid')
    .getByRole('button', { name: new RegExp(`^${PROJECT}`) })
    .click();
};
const stored = () => ask<{ start: string; end: string }>(seen, `/assignments/${id}`);

it('takes a date in the order of the language', async () => {
  await open();
  const from = editor().getByLabel('From');
  await expect.poll(() => from.inputValue()).toBe('05/01/2034');
  await from.fill('5/8/34');
  await from.press('Tab');
  expect(await from.inputValue()).toBe('05/08/2034');
  await from.press('ArrowUp');
  expect(await from.inputValue()).toBe('05/09/2034');
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().waitFor({ state: 'detached' });
  expect((await stored()).start).toBe('2034-05-09');
});

it('keeps what is no date, and says so at the field', async () => {
  await open();
  const to = editor().getByLabel('To', { exact: true });
  await to.fill('31 February');
  await editor().getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => to.getAttribute('aria-invalid')).toBe('true');
  expect(await to.inputValue()).toBe('31 February');
  await editor().getByRole('button', { name: 'Cancel' }).click();
});

it('is as the app speaks, and not as the browser does', async () => {
  await page.evaluate(() => localStorage.setItem('raally-locale', 'es'));
  await open();
  const to = editor().getByLabel('Hasta', { exact: true });
  await expect.poll(() => to.inputValue()).toBe('26/05/2034');
  expect(await to.getAttribute('placeholder')).toBe('dd/mm/aaaa');
  await to.fill('2 de junio de 2034');
  await editor().getByRole('button', { name: 'Guardar' }).click();
  await editor().waitFor({ state: 'detached' });
  expect((await stored()).end).toBe('2034-06-02');
});

it('takes what the calendar says', async () => {
  await page.goto(`/w/${seen.tenant.slug}/dashboard?from=2034-05-01&to=2034-05-28`);
  const from = page.getByLabel('Desde', { exact: true });
  await expect.poll(() => from.inputValue()).toBe('01/05/2034');
  // Typing alone changes nothing yet: half of a date may be another one.
  await from.fill('8/5/20');
  expect(page.url()).toContain('from=2034-05-01');
  await from.fill('8/5/2034');
  await from.press('Enter');
  await page.waitForURL('**/dashboard?from=2034-05-08*');
  await page.locator('input[type=date]').first().fill('2034-05-15');
  await page.waitForURL('**/dashboard?from=2034-05-15*');
  expect(await from.inputValue()).toBe('15/05/2034');
});
