/** What somebody may not do they are not offered. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  box,
  context,
  expectAccessible,
  fresh,
  joined,
  launch,
  overApi,
  type Seen,
} from './browser';

const NAME = fresh('Vera Look ');
const PROJECT = fresh('Looked');
let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const { id: person_id } = await add(seen, '/people', { full_name: NAME });
  const { id: project_id } = await add(seen, '/projects', { name: PROJECT });
  await add(seen, '/assignments', {
    person_id,
    project_id,
    start: '2034-09-04',
    end: '2034-09-22',
    effort: { per: 'day', minutes: 120 },
    weekdays: ['mon'],
    location: 'Faro',
  });
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
  await joined(seen, page, 'member');
});
afterAll(() => browser?.close());

it('shows a booking to a member, without a form, and takes no drag for a click', async () => {
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2034-09-04&q=${encodeURIComponent(NAME.trim())}`,
  );
  const bar = page.getByRole('grid').getByRole('button', { name: new RegExp(`^${PROJECT}`) });
  const at = await box(bar);
  await page.mouse.move(at.x + 40, at.y + 10);
  await page.mouse.down();
  await page.mouse.move(at.x + 120, at.y + 10, { steps: 4 });
  await page.mouse.up();
  const dialog = page.getByRole('dialog');
  expect(await dialog.count()).toBe(0);
  await bar.click();
  await dialog.getByText('Faro').waitFor();
  await dialog.getByText('2 h/d · Mon').waitFor();
  expect(await dialog.getByRole('button').allTextContents()).toEqual(['Close']);
  expect(await dialog.getByRole('textbox').count()).toBe(0);
  await expectAccessible(page, 'a booking looked at', '[role=dialog]');
  await dialog.getByRole('button', { name: 'Close' }).click();
});

it('offers no way to plan, by keys or buttons', async () => {
  await page.getByRole('grid').focus();
  await page.keyboard.press('n');
  await page.getByText('Your role can look at the schedule, not change it.').first().waitFor();
  expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
  await page.keyboard.press('?');
  const keys = page.getByRole('dialog');
  await keys.getByText('Look at the booking in the cell').waitFor();
  expect(await keys.getByText('Plan a new booking').count()).toBe(0);
  await page.keyboard.press('Escape');
  // Ctrl+Z asks the server nothing that it would refuse.
  await page.keyboard.press('Control+z');
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('table').waitFor();
  expect(await page.getByRole('button', { name: 'Add person' }).count()).toBe(0);
  expect(complaints).toEqual([]);
});
