/** A person's page: their weeks, and one history of what changes from a day on. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  ask,
  box,
  context,
  expectAccessible,
  fresh,
  joined,
  launch,
  overApi,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Ines Weeks ');
const SURE = fresh('Anchor ');
const MAYBE = fresh('Breeze ');
const WEEKS = 13;
const DAY_MS = 86_400_000;
let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];
let id: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  ({ id } = await add(seen, '/people', { full_name: NAME }));
  const records = `/people/${id}`;
  await add(seen, `${records}/availabilities`, {
    effective_date: '2020-01-06',
    weekly_minutes: 2400,
  });
  await add(seen, `${records}/job-titles`, { effective_date: '2020-01-06', title: 'Sailor' });
  await add(seen, `${records}/job-titles`, { effective_date: '2024-03-01', title: 'Skipper' });
  // Without an end, so that whatever week it is has them.
  const book = async (name: string, minutes: number, status: string) => {
    const { id: project_id } = await add(seen, '/projects', { name });
    const effort = { per: 'week', minutes };
    const start = '2021-03-01';
    await add(seen, '/assignments', {
      person_id: id,
      project_id,
      start,
      end: null,
      effort,
      status,
    });
  };
  await book(SURE, 690, 'confirmed');
  await book(MAYBE, 300, 'tentative');
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
  await signIn(page);
  await page.goto(`/w/${seen.tenant.slug}/people/${id}`);
});
afterAll(() => browser?.close());

const weeks = () => page.getByRole('region', { name: 'Weeks' });
const cells = (name: string | RegExp) =>
  weeks().getByRole('row', { name }).getByRole('cell').allTextContents();
const history = () =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'History' }) });
const told = (text: string) => history().getByRole('listitem').filter({ hasText: text });
const dialog = () => page.getByRole('dialog');
const save = async () => {
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
};

it('begins with thirteen weeks: booked of capacity, and each project with its hours', async () => {
  await expect.poll(() => cells(SURE.trim())).toEqual(Array<string>(WEEKS).fill('11.5'));
  const { time_zone: timeZone } = await ask<{ time_zone: string }>(seen, '/settings');
  const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format();
  expect([await shown(0), today, await shown(1)].toSorted()[1]).toBe(today);
  expect(await cells(MAYBE.trim())).toEqual(Array<string>(WEEKS).fill(' +5'));
  // The import brings holidays of its own, which take from a week.
  const { rows } = await ask<{ rows: { booked_minutes: number[]; capacity_minutes: number[] }[] }>(
    seen,
    `/schedule?people=${id}&bucket=week&from=${await shown(0)}&to=${await shown(WEEKS - 1)}`,
  );
  const [row] = rows;
  const hours = (minutes: number | undefined) => String(Math.round((minutes ?? 0) / 6) / 10);
  const first = `${hours(row?.booked_minutes[0])} / ${hours(row?.capacity_minutes[0])}`;
  expect((await cells(/^Booked/))[0]).toBe(`${first}+5`);
  await page.getByText('With a plus: tentative hours').waitFor();
  await expectAccessible(page, 'a person with weeks');
});

/** The first day of one of the weeks shown. */
async function shown(week: number): Promise<string> {
  const link = weeks()
    .getByRole('columnheader')
    .nth(week + 1)
    .getByRole('link');
  const href = await link.getAttribute('href');
  return new URL(href ?? '', page.url()).searchParams.get('date') ?? '';
}

it('shows time off in its week, with what it takes', async () => {
  await page.getByRole('button', { name: 'Add time off' }).click();
  await dialog()
    .getByLabel('From')
    .fill(await shown(2));
  await dialog()
    .getByLabel('To')
    .fill(new Date(Date.parse(await shown(3)) - DAY_MS).toISOString().slice(0, 10));
  await dialog().getByLabel('Kind').selectOption('Sick leave');
  await save();
  const off = weeks()
    .getByRole('row', { name: /^Time off and holidays/ })
    .getByRole('cell')
    .nth(2);
  await off.getByText('Sick leave').waitFor();
  await off.getByText(/^−\d/).waitFor();
  expect((await cells(/^Booked/))[2]).toBe('–');
  await expect.poll(async () => (await cells(SURE.trim()))[2]).toBe('');
});

it('goes on by thirteen weeks, and back to today', async () => {
  const before = await shown(0);
  await page.getByRole('button', { name: 'Later weeks' }).click();
  await expect.poll(() => shown(0)).not.toBe(before);
  await page.getByRole('button', { name: 'Today' }).click();
  await expect.poll(() => shown(0)).toBe(before);
});

it('tells one history, the newest first, with what held before', async () => {
  await told('Skipper, was Sailor').waitFor();
  await page.getByRole('button', { name: 'Add job title' }).click();
  await dialog().getByLabel('Job title').fill('Admiral');
  await dialog().getByLabel('From').fill('2041-05-01');
  await save();
  const future = told('Admiral, was Skipper');
  await future.getByText('Upcoming').waitFor();
  expect(await told('Skipper, was Sailor').getByText('Upcoming').count()).toBe(0);
  const dates = () => history().getByRole('time').allTextContents();
  expect(await dates()).toEqual(['1 May 2041', '1 Mar 2024', '6 Jan 2020', '6 Jan 2020']);
  await history().getByText('No placement yet.').waitFor();

  // An entry leads to its own form, and what follows from it is told anew.
  await page.getByRole('button', { name: 'Edit: Job title, 1 Mar 2024' }).click();
  await dialog().getByLabel('Job title').fill('Captain');
  await save();
  await told('Admiral, was Captain').waitFor();
  await told('Captain, was Sailor').waitFor();
  await page.getByRole('button', { name: 'Remove: Job title, 1 May 2041' }).click();
  await told('Admiral').waitFor({ state: 'detached' });
});

it('tells of pay among the rest', async () => {
  await page.getByRole('button', { name: 'Add pay' }).click();
  await dialog().getByLabel('From').fill('2024-03-01');
  await dialog().getByLabel('Amount').fill('5200.50');
  await save();
  await told('5,200.50').getByText('Seen by admins only.').waitFor();
});

it('leads from each week to that spot of the schedule', async () => {
  const date = await shown(4);
  await weeks().getByRole('columnheader').nth(5).getByRole('link').click();
  await page.waitForURL((url) => url.searchParams.get('date') === date);
  await page.getByRole('grid').getByText(NAME.trim()).first().waitFor();
  expect(complaints).toEqual([]);
});

it('has its weeks below one another on a phone, each with its way to the schedule', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/w/${seen.tenant.slug}/people/${id}`);
  const list = page.getByRole('list', { name: 'Weeks' }).locator('> li');
  await list.nth(2).getByText('Sick leave').waitFor();
  expect(await list.count()).toBe(WEEKS);
  const last = list.nth(WEEKS - 1);
  await last.getByText('11.5 h').waitFor();
  await last.getByText('+5 h tentative').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await page.evaluate(() => document.querySelector('main')?.scrollWidth)).toBe(390);
  expect((await box(last.getByRole('link').first())).height).toBeGreaterThanOrEqual(44);
  await last.getByRole('link').first().click();
  await page.waitForURL('**/schedule?*date=*');
});

it('shows a member the weeks, and of the history neither pay nor a way to change it', async () => {
  const made = await context(browser);
  const other = await made.context.newPage();
  await joined(seen, other, 'member');
  await other.goto(`/w/${seen.tenant.slug}/people/${id}`);
  await other.getByText('Captain, was Sailor').waitFor();
  await other.getByRole('region', { name: 'Weeks' }).getByText('11.5').first().waitFor();
  expect(await other.getByText('5,200.50').count()).toBe(0);
  expect(await other.getByRole('button', { name: /^(Add|Edit|Remove)/ }).count()).toBe(0);
  expect(made.complaints).toEqual([]);
});
