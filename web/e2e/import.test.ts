/** Tables of other programs, as whoever brings them in goes about it. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, expectAccessible, fresh, joined, overApi, pages, signIn, type Seen } from './browser';

const browser = pages({ reducedMotion: 'reduce' });
let admin: Page;
let newcomer: Page;
let seen: Seen;

beforeAll(async () => {
  seen = await overApi();
  admin = await browser.open();
  newcomer = await browser.open();
  await Promise.all([signIn(admin), joined(seen, newcomer, 'member')]);
});
afterAll(browser.close);

const open = () => admin.goto(`/w/${seen.tenant.slug}/settings/import`);
const choose = (name: string, text: string) =>
  admin.locator('input[type=file]').setInputFiles({
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(text, 'latin1'),
  });
const total = async (q: string) =>
  (await ask<{ total: number }>(seen, `/people?q=${encodeURIComponent(q)}`)).total;

it('matches a file, corrects a cell, brings it in, and takes it back', async () => {
  const team = fresh('Crew ');
  const family = fresh('Ibarra');
  await open();
  await choose(
    'people.csv',
    'Our people;;;\r\n' +
      'Nombre completo;Grupo;Horas por semana;Fecha de inicio\r\n' +
      `José ${family};${team};37,5;01.03.2026\r\n` +
      `Ana ${family};${team};forty;01.03.2026\r\n` +
      `Eva ${family};${team};40;31.02.2026\r\n`,
  );
  await admin.getByRole('button', { name: 'To correct 2' }).waitFor();
  expect(await admin.getByLabel('What the rows are').inputValue()).toBe('people');
  // A heading that nobody knows is matched by hand.
  await admin.getByLabel('Column 2: Grupo', { exact: true }).selectOption('Team');

  const run = admin.getByRole('button', { name: /^Import \d/ });
  await admin.getByText('2 rows have to be corrected or left out first.').waitFor();
  expect(await run.isDisabled()).toBe(true);
  await admin.getByRole('button', { name: 'To correct 2' }).click();
  await admin.getByText('Hours such as 7.5, 7,5h or 7:30.').waitFor();
  await expectAccessible(admin, 'import');
  await admin.getByLabel('Row 2, Column 3: Horas por semana').fill('40');
  await admin.getByRole('button', { name: 'To correct 1' }).waitFor();
  await admin.getByRole('button', { name: 'Leave out row 3' }).click();
  await admin.getByRole('button', { name: 'Import 2 rows' }).click();
  await admin.getByRole('paragraph').filter({ hasText: 'People: 2 rows imported' }).waitFor();
  await admin.waitForURL(/\/people$/);
  expect(await total(family)).toBe(2);

  // The same once more is nothing, and the heading is known by now.
  await open();
  await choose(
    'again.csv',
    `Nombre completo;Grupo;Horas por semana\r\nJosé ${family};${team};37,5\r\n`,
  );
  await admin.getByText('Nothing is new or different').waitFor();
  expect(await admin.getByLabel('Column 2: Grupo', { exact: true }).inputValue()).toBe('team');

  await admin.goto(`/w/${seen.tenant.slug}/people?q=${family}`);
  await admin.getByRole('link', { name: `José ${family}` }).waitFor();
  await admin.keyboard.press('Control+z');
  await admin.keyboard.press('Control+z');
  await expect.poll(() => total(family)).toBe(0);
});

it('takes rows that are pasted from a spreadsheet', async () => {
  const name = fresh('Pasted ');
  await open();
  await admin
    .getByLabel('Or paste rows from a spreadsheet')
    .fill(`Client\tNotes\n${name}\tfirst\n${name} Two\t`);
  await admin.getByRole('button', { name: 'Look at them' }).click();
  await admin.getByRole('button', { name: 'Import 2 rows' }).click();
  await admin.getByRole('paragraph').filter({ hasText: 'Clients: 2 rows imported' }).waitFor();
  await admin.getByRole('link', { name: `${name} Two` }).waitFor();
});

it('says what is no table, and keeps what was pasted', async () => {
  await open();
  await choose('picture.png', '\x89PNG\r\n\x1a\n\0\0\0');
  await admin.getByText('This file is no table. Save it as CSV or XLSX and choose that.').waitFor();
  await admin.getByRole('button', { name: 'Choose a file' }).waitFor();
});

it('is not for those who do not plan', async () => {
  await newcomer.goto(`/w/${seen.tenant.slug}/settings/workspace`);
  await newcomer.getByRole('link', { name: 'Holidays' }).waitFor();
  expect(await newcomer.getByRole('link', { name: 'Import' }).count()).toBe(0);
  await newcomer.goto(`/w/${seen.tenant.slug}/settings/import`);
  await newcomer.getByText('Your role does not allow this.').waitFor();
});

it('heard no complaint of the browser but of what was refused', () => {
  expect(browser.complaints().filter((text) => !text.includes('status of 422'))).toEqual([]);
});
