/** One focus: whatever hand was on a booking last, the next key means it. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { add, ask, box, context, fresh, launch, overApi, signIn, type Seen } from './browser';

const PROJECT = fresh('Focused');
const FAR = '2034-07-03';
let browser: Browser;
let page: Page;
let seen: Seen;
let project: string;
let grid: Locator;
let bar: Locator;
let person: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  ({ id: project } = await add(seen, '/projects', { name: PROJECT }));
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

beforeEach(async () => {
  const name = fresh('Fay Key ');
  ({ id: person } = await add(seen, '/people', { full_name: name }));
  await add(seen, '/assignments', {
    person_id: person,
    project_id: project,
    start: '2034-07-10',
    end: '2034-07-28',
    effort: { per: 'week', minutes: 600 },
  });
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=${FAR}&q=${encodeURIComponent(name.trim())}`,
  );
  grid = page.getByRole('grid');
  bar = grid.getByRole('button', { name: new RegExp(`^${PROJECT}`) });
  await bar.first().waitFor();
});

const bookings = async () => {
  const { items } = await ask<{ items: { start: string; end: string }[] }>(
    seen,
    `/assignments?person_id=${person}`,
  );
  return items.map(({ start, end }) => [start, end]).sort();
};
const gridHasFocus = () => page.waitForFunction(() => document.activeElement?.role === 'grid');
const drag = async (from: { x: number; y: number }, by: number) => {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + by / 2, from.y, { steps: 4 });
  await page.mouse.move(from.x + by, from.y, { steps: 4 });
  await page.mouse.up();
};

it('deletes what was clicked', async () => {
  await bar.click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await gridHasFocus();
  await page.keyboard.press('Delete');
  await bar.waitFor({ state: 'detached' });
  await expect.poll(bookings).toEqual([]);
});

it('splits what was clicked, there', async () => {
  const at = await box(bar);
  await page.mouse.click(at.x + 12 * 7.5, at.y + 10);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await gridHasFocus();
  await page.keyboard.press('s');
  await expect.poll(() => bar.count()).toBe(2);
  await expect.poll(bookings).toEqual([
    ['2034-07-10', '2034-07-16'],
    ['2034-07-17', '2034-07-28'],
  ]);
});

it('deletes what was dragged', async () => {
  const at = await box(bar);
  await drag({ x: at.x + 60, y: at.y + 10 }, 84);
  await page.getByText(`${PROJECT} moved to`).first().waitFor();
  await gridHasFocus();
  await page.keyboard.press('Delete');
  await bar.waitFor({ state: 'detached' });
});

it('deletes what was planned by dragging', async () => {
  const at = await box(bar);
  await drag({ x: at.x + at.width + 100, y: at.y + 10 }, 60);
  const editor = page.getByRole('dialog');
  // Typed letter by letter, as a hand does: the first that is found is chosen from the second letter on.
  await editor.getByRole('combobox', { name: 'Project' }).pressSequentially(PROJECT);
  await page.getByRole('option', { name: PROJECT }).waitFor();
  await page.keyboard.press('Enter');
  await editor.getByLabel('Effort').fill('5h/w');
  await editor.getByRole('button', { name: 'Save' }).click();
  await expect.poll(() => bar.count()).toBe(2);
  await editor.waitFor({ state: 'detached' });
  await gridHasFocus();
  await page.keyboard.press('Delete');
  await expect.poll(bookings).toEqual([['2034-07-10', '2034-07-28']]);
});

it('opens what was moved by keys', async () => {
  await bar.click();
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await gridHasFocus();
  await page.keyboard.press('m');
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByText(`${PROJECT} moved to`).first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Booking', exact: true }).waitFor();
  await page.keyboard.press('Escape');
  expect(await bookings()).toEqual([['2034-07-31', '2034-08-18']]);
});

it('reaches every booking of a day, also beyond the lanes that are shown', async () => {
  for (let i = 0; i < 7; i++)
    await add(seen, '/assignments', {
      person_id: person,
      project_id: project,
      start: '2034-07-10',
      end: '2034-07-14',
      effort: { per: 'week', minutes: 60 },
    });
  const more = page.getByRole('button', { name: 'Show 2 more bookings' });
  await more.waitFor();
  expect(await bar.count()).toBe(6);
  await more.click();
  await expect.poll(() => bar.count()).toBe(8);
  await page.getByRole('button', { name: 'Show fewer bookings' }).click();
  await expect.poll(() => bar.count()).toBe(6);
  // By keys too: Space goes through all of the cell.
  await grid.focus();
  // The first key shows the cursor, in the week before the bookings.
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  for (let i = 0; i < 8; i++) await page.keyboard.press('Space');
  await expect.poll(() => bar.count()).toBe(8);
});
