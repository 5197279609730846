import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { context, fresh, launch, openSchedule, overApi, signIn, type Seen } from './browser';

const FAR = '2032-03-01';
const PROJECT = fresh('Keyed');
let browser: Browser;
let page: Page;
let seen: Seen;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

/** The label of the cell that a screen reader stands on. */
const cell = () =>
  page.evaluate(() =>
    document
      .getElementById(document.activeElement?.getAttribute('aria-activedescendant') ?? '')
      ?.getAttribute('aria-label'),
  );

it('plans, moves, resizes and takes back with the keyboard alone', async () => {
  const grid = await openSchedule(page, seen, FAR);
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).focus();
  await page.keyboard.press('Tab');
  expect(await grid.evaluate((g) => g === document.activeElement)).toBe(true);

  await page.keyboard.press('ArrowDown');
  const first = await cell();
  await page.keyboard.press('ArrowRight');
  expect(await cell()).not.toBe(first);

  await page.keyboard.press('n');
  const editor = page.getByRole('dialog');
  const project = editor.getByRole('combobox', { name: 'Project' });
  await project.waitFor();
  await project.fill(PROJECT);
  await page.getByRole('option', { name: new RegExp(PROJECT) }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await editor.getByLabel('Effort').fill('12h/w');
  await page.keyboard.press('Enter');
  const bar = grid.getByRole('button', { name: new RegExp(`^${PROJECT}, 12 h/w`) });
  await bar.waitFor();
  await page
    .getByText(new RegExp(`${PROJECT} planned for`))
    .first()
    .waitFor();
  const planned = await bar.getAttribute('aria-label');
  // Focus came back to the grid.
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'grid');

  await page.keyboard.press('m');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page
    .getByText(new RegExp(`${PROJECT} moved to`))
    .first()
    .waitFor();
  const moved = await bar.getAttribute('aria-label');
  expect(moved).not.toBe(planned);

  await page.keyboard.press('r');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Escape');
  expect(await bar.getAttribute('aria-label')).toBe(moved);

  await page.keyboard.press('Control+z');
  await page.waitForFunction(
    (label) =>
      [...document.querySelectorAll('[role=grid] button')].some(
        (b) => b.getAttribute('aria-label') === label,
      ),
    planned,
  );
  await page.keyboard.press('Delete');
  await bar.waitFor({ state: 'detached' });
});

it('lists its keys, and closes the list with Escape', async () => {
  await page.getByRole('grid').focus();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' });
});

it('speaks Spanish and Portuguese, and remembers it', async () => {
  const choose = async (name: string) => {
    await page.getByRole('button', { name: /^(Account|Cuenta|Conta):/ }).click();
    await page
      .getByRole('group', { name: /^(Account|Cuenta|Conta)$/ })
      .getByRole('combobox')
      .nth(1)
      .selectOption({ label: name });
  };
  await choose('Español');
  await page.getByRole('link', { name: 'Planificación' }).waitFor();
  await page.reload();
  await page.getByRole('link', { name: 'Planificación' }).waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('es');
  await choose('Português (Brasil)');
  await page.getByRole('link', { name: 'Agenda' }).waitFor();
  await page.keyboard.press('Escape');
  await choose('English');
  await page.getByRole('link', { name: 'Schedule' }).waitFor();
});
