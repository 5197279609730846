import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ask,
  box,
  context,
  emptyRow,
  fresh,
  launch,
  openSchedule,
  overApi,
  signIn,
  type Seen,
} from './browser';

/** A far year: nobody's old bookings are in the way. */
const FAR = '2031-03-03';
const PROJECT = fresh('Walk');
const WEEK = { from: '2022-09-12', to: '2022-09-18' };

let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
});
afterAll(() => browser?.close());

const hours = (minutes: number) =>
  `${new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 }).format(minutes / 60)} h`;

it('refuses a wrong password with one sentence, and keeps what was typed', async () => {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill('user1@test.com');
  await page.getByLabel('Password').fill('not it');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe('user1@test.com');
});

it('signs in and opens the schedule', async () => {
  await signIn(page);
  // Whoever is in one workspace only is led into it; others choose.
  const choice = page.getByRole('link', { name: seen.tenant.name });
  const schedule = page.getByRole('link', { name: 'Schedule', exact: true });
  await choice.or(schedule).first().waitFor();
  if (new URL(page.url()).pathname === '/workspaces') await choice.click();
  await schedule.click();
  await page.waitForURL('**/schedule**');
  await page.getByRole('grid').waitFor();
});

it('shows the dashboard of a week as the server counts it', async () => {
  interface Answer {
    capacity_minutes: number;
    booked_minutes: number;
    overtime_minutes: number;
    people: { no_capacity: number };
  }
  const answer = await ask<Answer>(seen, `/dashboard?from=${WEEK.from}&to=${WEEK.to}`);
  await page.goto(`/w/${seen.tenant.slug}/dashboard?from=${WEEK.from}&to=${WEEK.to}`);
  const figure = (label: string) => page.locator('main a', { hasText: label });
  await figure('Booked').getByText(hours(answer.booked_minutes), { exact: true }).waitFor();
  await figure('Booked')
    .getByText(`of ${hours(answer.capacity_minutes)} capacity`)
    .waitFor();
  await figure('Overtime').getByText(hours(answer.overtime_minutes), { exact: true }).waitFor();
  await page
    .getByRole('listitem')
    .filter({ hasText: 'Without capacity' })
    .getByText(String(answer.people.no_capacity), { exact: true })
    .waitFor();
  // What the importing script knows of its file is checked as well.
  const known = JSON.parse(process.env.RAALLY_EXPECT ?? '{}') as Partial<Answer>;
  expect(answer).toMatchObject(known);
});

it('plans somebody by dragging over empty days, takes it back, does it again, and a second browser sees it', async () => {
  const second = await context(browser);
  const other = await second.context.newPage();
  await signIn(other);
  const there = await openSchedule(other, seen, FAR);

  const grid = await openSchedule(page, seen, FAR);
  const { row, person } = await emptyRow(grid);
  const place = await box(row);
  const frame = await box(grid);
  const y = place.y + 16;
  const x = frame.x + 264 + 3 * 84 + 6;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 40, y, { steps: 4 });
  await page.mouse.move(x + 108, y, { steps: 4 });
  await page.mouse.up();

  const editor = page.getByRole('dialog');
  await editor.getByRole('combobox', { name: 'Project' }).fill(PROJECT);
  await page
    .getByRole('option', { name: new RegExp(PROJECT) })
    .first()
    .click();
  await editor.getByLabel('Effort').fill('20h/w');
  // The strip shows what saving would do only for projects that exist; saving shows it for all.
  await editor.getByRole('button', { name: 'Save' }).click();
  const bar = row.getByRole('button', { name: new RegExp(`^${PROJECT}, 20 h/w`) });
  await bar.waitFor();
  const label = await bar.getAttribute('aria-label');
  await page
    .getByText(new RegExp(`${PROJECT} planned for`))
    .first()
    .waitFor();
  await row.locator('[data-load="1"], [data-load="2"], [data-load="over"]').first().waitFor();
  await there
    .locator(`[data-person="${person}"]`)
    .getByRole('button', { name: label ?? '' })
    .waitFor();

  await page.keyboard.press('Control+z');
  await bar.waitFor({ state: 'detached' });
  await there
    .locator(`[data-person="${person}"]`)
    .getByRole('button', { name: label ?? '' })
    .waitFor({ state: 'detached' });

  await page.keyboard.press('Control+Shift+z');
  await bar.waitFor();
  await there
    .locator(`[data-person="${person}"]`)
    .getByRole('button', { name: label ?? '' })
    .waitFor();
  expect(second.complaints).toEqual([]);
  await second.context.close();
});

it('moves and resizes a booking by its bar, with the figures previewed', async () => {
  const grid = page.getByRole('grid');
  const bar = grid.getByRole('button', { name: new RegExp(`^${PROJECT}, 20 h/w`) }).first();
  const before = await bar.getAttribute('aria-label');
  const at = await box(bar);
  await page.mouse.move(at.x + 40, at.y + 10);
  await page.mouse.down();
  await page.mouse.move(at.x + 80, at.y + 10, { steps: 4 });
  await page.mouse.move(at.x + 40 + 84, at.y + 10, { steps: 4 });
  await grid.locator('[data-changed]').first().waitFor();
  await page.mouse.up();
  await page
    .getByText(new RegExp(`${PROJECT} moved to`))
    .first()
    .waitFor();
  const moved = await bar.getAttribute('aria-label');
  expect(moved).not.toBe(before);

  const now = await box(bar);
  await page.mouse.move(now.x + now.width - 3, now.y + 10);
  await page.mouse.down();
  await page.mouse.move(now.x + now.width + 40, now.y + 10, { steps: 4 });
  await page.mouse.move(now.x + now.width + 84, now.y + 10, { steps: 4 });
  await page.mouse.up();
  await page
    .getByText(new RegExp(`${PROJECT} now`))
    .first()
    .waitFor();
  expect(await bar.getAttribute('aria-label')).not.toBe(moved);
});

it('changes effort in the popover and deletes', async () => {
  const grid = page.getByRole('grid');
  await grid
    .getByRole('button', { name: new RegExp(`^${PROJECT}, 20 h/w`) })
    .first()
    .click();
  const editor = page.getByRole('dialog');
  await editor.getByLabel('Effort').fill('50%');
  await editor.getByRole('button', { name: 'Save' }).click();
  const bar = grid.getByRole('button', { name: new RegExp(`^${PROJECT}, 50 %`) }).first();
  await bar.waitFor();
  await editor.waitFor({ state: 'detached' });
  await bar.click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await bar.waitFor({ state: 'detached' });
});

it('heard no complaint from the browser', () => expect(complaints).toEqual([]));
