/** A member's own week on a phone: what is worked on, and time off that is asked for, approved and taken back. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  ask,
  expectAccessible,
  fresh,
  joined,
  overApi,
  pages,
  send,
  signIn,
  type Seen,
} from './browser';

const PROJECT = fresh('Lantern ');
const browser = pages();
let page: Page;
let planner: Page;
let seen: Seen;
let name: string;
let user: string;

beforeAll(async () => {
  seen = await overApi();
  page = await browser.open({ viewport: { width: 390, height: 844 }, hasTouch: true });
  planner = await browser.open();
  await signIn(planner);
  const who = await joined(seen, page, 'member');
  name = who.name;
  const { items } = await ask<{ items: { email: string; user_id: string }[] }>(
    seen,
    `/members?q=${encodeURIComponent(who.email)}`,
  );
  user = items.find(({ email }) => email === who.email)?.user_id ?? '';
});
afterAll(browser.close);

const dialog = () => page.getByRole('dialog');
const mine = () =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'My time off' }) });
const off = (text: string | RegExp) => mine().getByRole('listitem').filter({ hasText: text });
const days = () => page.getByRole('main').locator('ol > li');

it('is where a member begins, and says whom to ask while they are nobody in the plan', async () => {
  await page.waitForURL(`**/w/${seen.tenant.slug}/week`);
  await page.getByText(`Ask an admin of ${seen.tenant.name}`, { exact: false }).waitFor();
  expect(await page.getByRole('button', { name: 'Request time off' }).count()).toBe(0);
  await expectAccessible(page, 'a week of nobody');
});

it('shows the week day by day once the account is linked, and the next', async () => {
  const { id: person_id } = await add(seen, '/people', { full_name: name, user_id: user });
  const { id: project_id } = await add(seen, '/projects', { name: PROJECT });
  await add(seen, '/assignments', {
    person_id,
    project_id,
    start: '2021-03-01',
    end: null,
    effort: { per: 'day', minutes: 90 },
    // Whatever holiday there is.
    include_non_working: true,
  });
  await page.goto(`/w/${seen.tenant.slug}/week`);
  await expect.poll(() => days().count()).toBe(7);
  await days().filter({ hasText: PROJECT.trim() }).filter({ hasText: '1.5 h' }).first().waitFor();
  expect(await page.getByRole('main').locator('[aria-current=date]').count()).toBe(1);
  const range = () => page.getByRole('heading', { level: 2 }).first().textContent();
  const now = await range();
  await page.getByRole('button', { name: 'Later week' }).click();
  await expect.poll(range).not.toBe(now);
  await expect.poll(() => page.getByRole('main').locator('[aria-current=date]').count()).toBe(0);
  await page.getByRole('button', { name: 'This week' }).click();
  await expect.poll(range).toBe(now);
});

it('has targets for a thumb, and no more than the screen', async () => {
  const targets = page.getByRole('main').locator('a, button');
  const heights = await targets.evaluateAll((all) =>
    all.map((one) => one.getBoundingClientRect().height),
  );
  expect(heights.length).toBeGreaterThan(5);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

/** What was said gives the screen free. */
const hush = () => page.getByRole('log').getByRole('button', { name: 'Close' }).last().click();

async function request(from: string, to: string, reason: string) {
  await page.getByRole('button', { name: 'Request time off' }).click();
  await dialog().getByLabel('From').fill(from);
  await dialog().getByLabel('To').fill(to);
  await dialog().getByLabel('Reason').fill(reason);
  await dialog().getByRole('button', { name: 'Request', exact: true }).click();
}

it('asks for time off, and keeps what was typed where a day is wrong', async () => {
  await request('2042-07-07', '2042-07-04', 'Regatta');
  await dialog().getByText('The end lies before the start.').waitFor();
  await expectAccessible(page, 'asking for time off', 'dialog');
  expect(await dialog().getByLabel('Reason').inputValue()).toBe('Regatta');
  await dialog().getByLabel('To').fill('2042-07-11');
  await dialog().getByRole('button', { name: 'Request', exact: true }).click();
  await dialog().waitFor({ state: 'detached' });
  await off('Regatta').getByText('Requested').waitFor();
  await hush();
  await request('2043-02-02', '2043-02-02', 'Cousin’s wedding');
  await off('Cousin’s wedding').getByText('Requested').waitFor();
  await hush();
});

it('takes a request back while it waits', async () => {
  await off('Cousin’s wedding')
    .getByRole('button', { name: /^Take back/ })
    .click();
  await off('Cousin’s wedding').waitFor({ state: 'detached' });
  expect(await off('Regatta').count()).toBe(1);
});

it('is approved from the bell by whoever plans, and the member sees it', async () => {
  const bell = planner.getByRole('button', { name: /^Notifications/ });
  await bell.filter({ hasText: /\d/ }).waitFor();
  await bell.click();
  const panel = planner.getByRole('region', { name: 'Notifications' });
  await panel
    .getByRole('button', { name: /wait(s)? for approval/ })
    .first()
    .click();
  await panel.getByRole('button', { name: new RegExp(`^Approve: ${name.trim()}`) }).click();
  // Without a reload.
  await off('Regatta').getByText('Approved').waitFor();
  expect(await off('Regatta').getByRole('button').count()).toBe(0);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, 'a week with time off, dark');
  expect(browser.complaints()).toEqual([]);
});

it('tells of a declined one, and offers a viewer no request', async () => {
  const { items } = await ask<{ items: { id: string; user_id: string | null }[] }>(
    seen,
    `/people?user_id=${user}`,
  );
  const person_id = items[0]?.id;
  const kind = { from: '2042-08-04', to: '2042-08-05', status: 'declined', kind: 'other' };
  await add(seen, '/time-off', { person_id, ...kind });
  await off(/4.+5 Aug 2042/)
    .getByText('Declined')
    .waitFor();
  await send(seen, 'PATCH', `/members/${user}`, { role: 'viewer' });
  await page.reload();
  await off('Regatta').waitFor();
  expect(await page.getByRole('button', { name: 'Request time off' }).count()).toBe(0);
});
