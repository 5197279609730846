/** Who works on a project for how many hours, week by week. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  context,
  expectAccessible,
  fresh,
  launch,
  overApi,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Hana Hours ');
const OTHER = fresh('Maya Maybe ');
const WEEKS = 13;
let browser: Browser;
let page: Page;
let seen: Seen;
let project_id: string;

// Without an end, so that whatever week it is has them.
const book = (more: object) =>
  add(seen, '/assignments', { project_id, start: '2021-03-01', end: null, ...more });

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const [sure, maybe] = [
    await add(seen, '/people', { full_name: NAME }),
    await add(seen, '/people', { full_name: OTHER }),
  ];
  ({ id: project_id } = await add(seen, '/projects', { name: fresh('Hourly ') }));
  await book({ person_id: sure.id, effort: { per: 'week', minutes: 690 } });
  await book({
    person_id: maybe.id,
    effort: { per: 'week', minutes: 300 },
    status: 'tentative',
  });
  page = await (await context(browser)).context.newPage();
  await signIn(page);
  await page.goto(`/w/${seen.tenant.slug}/projects/${project_id}`);
});
afterAll(() => browser?.close());

const table = () => page.getByRole('region', { name: 'Hours by week' });
const cells = (name: string) =>
  table().getByRole('row', { name }).getByRole('cell').allTextContents();

it('shows thirteen weeks of everybody, and what is tentative apart', async () => {
  await table().getByRole('row', { name: NAME.trim() }).waitFor();
  expect(await cells(NAME.trim())).toEqual(Array<string>(WEEKS).fill('11.5'));
  expect(await cells(OTHER.trim())).toEqual(Array<string>(WEEKS).fill(' +5'));
  expect(await cells('All people')).toEqual(Array<string>(WEEKS).fill('11.5 +5'));
  await page.getByText('With a plus: tentative hours').waitFor();
  await expectAccessible(page, 'hours by week');
});

it('goes on by thirteen weeks, and says where nobody works', async () => {
  const heads = () => table().getByRole('columnheader').allTextContents();
  const before = await heads();
  await page.getByRole('button', { name: 'Later weeks' }).click();
  await expect.poll(async () => (await heads())[1]).not.toBe(before[1]);
  await page.getByRole('button', { name: 'Earlier weeks' }).click();
  await expect.poll(heads).toEqual(before);
  const { id } = await add(seen, '/projects', { name: fresh('Empty ') });
  await page.goto(`/w/${seen.tenant.slug}/projects/${id}`);
  await page.getByText('Nobody is booked in these weeks.').waitFor();
});

it('leads to the person in the schedule', async () => {
  await page.goto(`/w/${seen.tenant.slug}/projects/${project_id}`);
  await table().getByRole('link', { name: NAME.trim() }).click();
  await page.waitForURL('**/schedule?*');
  await page.getByRole('grid').getByText(NAME.trim()).first().waitFor();
});
