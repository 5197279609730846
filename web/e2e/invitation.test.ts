import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  expectAccessible,
  fresh,
  links,
  mailed,
  overApi,
  pages,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Ana Nova');
const ADDRESS = (name: string) => `${name.replace(/\s/g, '.').toLowerCase()}@example.com`;
const PASSWORD = 'correct horse battery';

const browser = pages({ reducedMotion: 'reduce' });
let admin: Page;
let newcomer: Page;
let seen: Seen;

const shot = (of: Page, name: string) =>
  of.screenshot({
    path: process.env.RAALLY_SHOTS ? `${process.env.RAALLY_SHOTS}/${name}.png` : undefined,
  });

async function openDialog() {
  const account = admin.getByRole('button', { name: /^Account:/ });
  await account.focus();
  await admin.keyboard.press('Enter');
  await admin.getByRole('button', { name: 'Invite people' }).click();
  const dialog = admin.getByRole('dialog', { name: 'Invite people' });
  await dialog.getByText('Open invitations').waitFor();
  return dialog;
}

async function invite(email: string, role: string): Promise<string> {
  const dialog = admin.getByRole('dialog', { name: 'Invite people' });
  await dialog.getByLabel('E-mail').fill(email);
  await dialog.getByLabel('Role').selectOption({ label: role });
  await dialog.getByRole('button', { name: 'Send invitation' }).click();
  await dialog
    .getByRole('status')
    .filter({ hasText: `${email} is invited` })
    .waitFor();
  await dialog.getByRole('listitem').filter({ hasText: email }).waitFor();
  return mailed(email, 'invitations');
}

beforeAll(async () => {
  seen = await overApi();
  admin = await browser.open();
  newcomer = await browser.open();
  await signIn(admin);
  await admin.goto(`/w/${seen.tenant.slug}/people`);
});
afterAll(browser.close);

it('is sent by an admin, and leads somebody new from the mail into the workspace', async () => {
  const dialog = await openDialog();
  await dialog.getByLabel('E-mail').fill('nobody');
  await dialog.getByRole('button', { name: 'Send invitation' }).click();
  await dialog.getByText('This does not look like an e-mail address.').waitFor();
  const link = await invite(ADDRESS(NAME), 'Viewer');
  await expectAccessible(admin, 'the dialog', 'dialog');
  await shot(admin, 'invite');

  await newcomer.goto(link);
  await newcomer.getByRole('heading', { name: `Join ${seen.tenant.name}` }).waitFor();
  await newcomer.getByText('Your role there: Viewer.').waitFor();
  await expectAccessible(newcomer, 'an invitation');
  await shot(newcomer, 'invitation');
  await newcomer.getByRole('button', { name: 'Create account' }).click();
  await newcomer.getByLabel('Full name').fill(NAME);
  await newcomer.getByLabel('E-mail').fill(ADDRESS(NAME));
  await newcomer.getByLabel('Password').fill(PASSWORD);
  expect(await newcomer.getByLabel('Workspace').count()).toBe(0);
  await newcomer.getByRole('button', { name: 'Create account' }).click();

  const accept = newcomer.getByRole('button', { name: 'Accept the invitation' });
  await accept.waitFor();
  await newcomer.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(newcomer, 'an invitation, signed in, dark');
  await shot(newcomer, 'invitation-dark');
  await accept.focus();
  await newcomer.keyboard.press('Enter');
  await newcomer.waitForURL(`**/w/${seen.tenant.slug}/schedule*`);
  await newcomer.getByRole('grid').waitFor();
  // Only admins invite.
  await newcomer.getByRole('button', { name: /^Account:/ }).click();
  await newcomer.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(await newcomer.getByRole('button', { name: 'Invite people' }).count()).toBe(0);

  await newcomer.goto(link);
  await newcomer.getByText('has been accepted').waitFor();
  await expectAccessible(newcomer, 'an invitation that was accepted, dark');
  await newcomer.getByRole('link', { name: 'Go to Raally' }).click();
  await newcomer.waitForURL(`**/w/${seen.tenant.slug}/**`);
});

it('says in the reader’s language that it was withdrawn, or that there is none', async () => {
  const email = ADDRESS(fresh('Late'));
  const link = await invite(email, 'Member');
  const dialog = admin.getByRole('dialog', { name: 'Invite people' });
  await dialog.getByRole('button', { name: `Withdraw the invitation of ${email}` }).click();
  await dialog
    .getByRole('status')
    .filter({ hasText: `The invitation of ${email} is withdrawn` })
    .waitFor();
  await expect.poll(() => dialog.getByRole('listitem').filter({ hasText: email }).count()).toBe(0);
  await admin.keyboard.press('Escape');
  await expect.poll(() => dialog.count()).toBe(0);
  expect(await admin.evaluate(() => document.activeElement?.getAttribute('aria-expanded'))).toBe(
    'false',
  );

  const spanish = await browser.open({ locale: 'es-ES' });
  await spanish.goto(link);
  await spanish.getByText('se retiró').waitFor();
  await expectAccessible(spanish, 'an invitation that was withdrawn');
  await shot(spanish, 'invitation-withdrawn');
  const portuguese = await browser.open({ locale: 'pt-BR' });
  // The console tells of the 404 that the page explains.
  await portuguese.goto('/invitations/bm90aGluZw');
  await portuguese.getByText('Não existe esse convite.').waitFor();
  expect(browser.complaints().filter((complaint) => !complaint.includes('status of 404'))).toEqual(
    [],
  );
});

it('is one of the mails whose links lead to what they name', async () => {
  // A workspace of the newcomer: the other walks know their account in one workspace.
  const signedIn = await newcomer.request.post('/api/v1/auth/sign-in', {
    data: { email: ADDRESS(NAME), password: PASSWORD },
  });
  const { access_token } = (await signedIn.json()) as { access_token: string };
  const made = await newcomer.request.post('/api/v1/tenants', {
    headers: { Authorization: `Bearer ${access_token}` },
    data: { name: fresh('Mailed') },
  });
  expect(made.status()).toBe(201);
  await expect.poll(() => links().some((path) => path.startsWith('/w/'))).toBe(true);
  for (const path of links()) {
    await newcomer.goto(path);
    await newcomer.getByRole('heading').or(newcomer.getByRole('grid')).first().waitFor();
    expect(await newcomer.getByText('There is nothing at this address').count(), path).toBe(0);
  }
});
