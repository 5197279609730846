import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { context, expectAccessible, fresh, launch, mailed } from './browser';

const NAME = fresh('Vera');
const ADDRESS = `${NAME.toLowerCase()}@example.com`;
const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'another horse battery';

let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  browser = await launch();
  const made = await context(browser, { reducedMotion: 'reduce' });
  complaints = made.complaints;
  page = await made.context.newPage();
});
afterAll(() => browser?.close());

it('is verified by the link that signing up has mailed', async () => {
  await page.goto('/sign-up');
  await page.getByLabel('Full name').fill(NAME);
  await page.getByLabel('E-mail').fill(ADDRESS);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.waitForURL('**/workspaces');
  await page.goto('/account');
  await page.getByText('This address is not verified yet.').waitFor();
  await expectAccessible(page, 'an account that is not verified');
  await page.goto(await mailed(ADDRESS, 'verify'));
  await page.getByText(`You are signed in as ${ADDRESS}.`).waitFor();
  await expectAccessible(page, 'a link that verifies');
  await page.getByRole('button', { name: 'Verify this address' }).click();
  await page.getByText(`${ADDRESS} is yours: it is verified.`).waitFor();
  await page.goto('/account');
  await page.getByText('This address is verified.').waitFor();
  await page.getByText('Here', { exact: true }).waitFor();
});

it('gets a new password by the link that was asked for, and the old sessions end', async () => {
  const other = (await context(browser, { locale: 'es-ES' })).context;
  const elsewhere = await other.newPage();
  await elsewhere.goto('/forgot');
  await elsewhere.getByLabel('Correo').fill(ADDRESS);
  await elsewhere.getByRole('button', { name: 'Enviarme un enlace' }).click();
  await elsewhere.getByText('Si hay una cuenta con esta dirección').waitFor();
  await elsewhere.goto(await mailed(ADDRESS, 'reset'));
  await elsewhere.getByLabel('Contraseña nueva').fill(NEW_PASSWORD);
  await expectAccessible(elsewhere, 'a link for a new password');
  await elsewhere.getByRole('button', { name: 'Establecer la contraseña nueva' }).click();
  await elsewhere.getByText('Su contraseña nueva está establecida').waitFor();
  // Whoever was signed in with the old one is out.
  await page.goto('/account');
  await page.waitForURL('**/sign-in*');
  await page.getByLabel('E-mail').fill(ADDRESS);
  await page.getByLabel('Password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL('**/account');
  await page.getByText('This address is verified.').waitFor();
  expect(complaints).toEqual([]);
});
