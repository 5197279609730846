/** The settings as those walk through them who may change them, and those who may not. */
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

const browser = pages({ reducedMotion: 'reduce' });
let admin: Page;
let newcomer: Page;
let member: { email: string; name: string };
let seen: Seen;

beforeAll(async () => {
  seen = await overApi();
  admin = await browser.open();
  newcomer = await browser.open();
  await Promise.all([
    signIn(admin),
    joined(seen, newcomer, 'member').then((who) => (member = who)),
  ]);
});
afterAll(browser.close);

const at = (page: Page, path: string) => page.goto(`/w/${seen.tenant.slug}/settings${path}`);
const dialog = () => admin.getByRole('dialog');
const save = async () => {
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
};
const row = (text: string | RegExp) => admin.getByRole('row').filter({ hasText: text });

it('makes a holiday calendar, changes a day of it, and takes that back', async () => {
  const name = fresh('Lemuria ');
  await at(admin, '/holidays');
  await admin.getByRole('button', { name: 'Add calendar' }).click();
  await dialog().getByLabel('Name').fill(name);
  await dialog().getByRole('button', { name: 'Save' }).click();
  await admin.getByRole('heading', { name }).waitFor();

  await admin.getByRole('button', { name: 'Add day' }).click();
  await dialog().getByLabel('Date').fill('2031-12-24');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText('Please fill this in.').waitFor();
  await dialog().getByLabel('Name of the day').fill('Christmas Eve');
  await dialog().getByLabel('Kind').selectOption('Half day off');
  await save();
  // The year of the day is shown.
  await admin.getByRole('heading', { name: 'Days in 2031' }).waitFor();
  await row('Christmas Eve').getByText('Half day off').waitFor();

  await admin.getByRole('button', { name: /^Edit: Christmas Eve/ }).click();
  await dialog().getByLabel('Kind').selectOption('Worked day');
  await dialog().getByLabel('Worked like a').selectOption('Friday');
  await save();
  await row('Christmas Eve').getByText('Worked like a Friday').waitFor();
  expect(await row('Christmas Eve').count()).toBe(1);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await row('Christmas Eve').getByText('Half day off').waitFor();

  await admin.getByRole('button', { name: 'Show 2032' }).click();
  await admin.getByText('No days in 2032 yet.').waitFor();
  await admin.getByRole('button', { name: 'Copy days of 2031' }).click();
  await dialog()
    .getByLabel(/^Christmas Eve/)
    .uncheck();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText('Choose at least one day.').waitFor();
  await dialog()
    .getByLabel(/^Christmas Eve/)
    .check();
  await save();
  await row('Christmas Eve').getByText('24 Dec 2032').waitFor();
  await admin.getByRole('button', { name: /^Remove: Christmas Eve/ }).click();
  await admin.getByText('No days in 2032 yet.').waitFor();

  // As the workspace's own it is not removed.
  await admin.getByRole('button', { name: 'Make it the workspace’s calendar' }).click();
  await admin.getByRole('heading', { name: 'The workspace’s calendar' }).waitFor();
  expect(await admin.getByRole('button', { name: 'Remove calendar' }).count()).toBe(0);
  await admin.getByRole('button', { name: 'Undo' }).click();
  await admin.getByRole('button', { name: 'Remove calendar' }).click();
  await admin.waitForURL('**/settings/holidays');
  await admin.getByRole('link', { name }).waitFor({ state: 'detached' });
  await admin.getByRole('button', { name: 'Undo' }).click();
  await admin.getByRole('link', { name }).waitFor();
});

it('shows a member the facts, and offers nothing that the role does not allow', async () => {
  await newcomer.getByRole('link', { name: 'Settings', exact: true }).click();
  await newcomer.getByText('Only admins change these settings.').waitFor();
  await newcomer.getByText('Is allowed, and shown').waitFor();
  const pages = newcomer.getByRole('navigation', { name: 'Settings' });
  expect(await pages.getByRole('link').allTextContents()).toEqual(['Workspace', 'Holidays']);
  const main = newcomer.getByRole('main');
  expect(await main.getByRole('button').count()).toBe(0);
  expect(await main.getByRole('textbox').count()).toBe(0);
  await expectAccessible(newcomer, 'settings of a member');
  await pages.getByRole('link', { name: 'Holidays' }).click();
  await newcomer.getByRole('table').getByRole('link').first().click();
  await newcomer.getByRole('heading', { name: /^Days in/ }).waitFor();
  expect(await main.getByRole('button', { name: /Add|Edit|Remove|Make|Copy/ }).count()).toBe(0);
});

it('changes a member’s role, says who of the plan they are, and removes them', async () => {
  const person = fresh('Lena Plan ');
  await add(seen, '/people', { full_name: person });
  await at(admin, `/members?q=${encodeURIComponent(member.name)}`);
  await row(member.email).getByText('Member', { exact: true }).waitFor();
  await admin.getByRole('button', { name: `Edit: ${member.name}` }).click();
  await dialog().getByLabel('Role').selectOption('Viewer');
  await dialog().getByText('Viewer: Looks at the plan.').waitFor();
  await dialog().getByRole('combobox', { name: 'Person in the plan' }).fill(person);
  await dialog().getByRole('option', { name: person }).click();
  await save();
  await row(member.email).getByText('Viewer', { exact: true }).waitFor();
  await row(member.email).getByRole('link', { name: person }).waitFor();
  // What cannot be undone does not say that it could.
  await admin.getByText(`Saved: ${member.name} · Viewer`).first().waitFor();
  expect(await admin.getByRole('button', { name: 'Undo' }).count()).toBe(0);

  await admin.getByRole('button', { name: `Edit: ${member.name}` }).click();
  await dialog().getByRole('combobox', { name: 'Person in the plan' }).click();
  await dialog().getByRole('option', { name: 'Nobody', exact: true }).click();
  await save();
  await row(member.email).getByRole('link').waitFor({ state: 'detached' });
  await admin.getByRole('button', { name: 'Undo' }).click();
  await row(member.email).getByRole('link', { name: person }).waitFor();

  // Whoever is removed sees nothing more: their page would ask for what is not theirs.
  await newcomer.goto('about:blank');
  await admin.getByRole('button', { name: `Remove: ${member.name}` }).click();
  await dialog().getByRole('button', { name: 'Remove member' }).click();
  await admin.getByText(`No member matches “${member.name}”.`).waitFor();
  const { items } = await ask<{ items: unknown[] }>(seen, `/members?q=${member.email}`);
  expect(items).toEqual([]);
});

it('shows who is invited, and takes an invitation back', async () => {
  const email = `${fresh('waits')}@example.com`;
  await send(seen, 'POST', '/invitations', { email, role: 'viewer' });
  await at(admin, '/members');
  await admin
    .getByRole('listitem')
    .filter({ hasText: email })
    .getByText(/^Viewer/)
    .waitFor();
  await admin.getByRole('button', { name: `Withdraw the invitation of ${email}` }).click();
  await admin.getByText(`The invitation of ${email} is withdrawn`).first().waitFor();
  await admin.getByRole('listitem').filter({ hasText: email }).waitFor({ state: 'detached' });
});

it('changes a setting, keeps what is typed beside it, and takes it back', async () => {
  await at(admin, '/workspace');
  const part = (title: string) =>
    admin.locator('section').filter({ has: admin.getByRole('heading', { name: title }) });
  const planning = part('Overbooking');
  const name = part('Name and looks').getByLabel('Name');
  const hours = planning.getByLabel(/^Hours a day over capacity/);
  const before = await hours.inputValue();
  await name.fill('Not to be saved');
  await hours.fill('x');
  await planning.getByRole('button', { name: 'Save' }).click();
  await planning.getByText('Please give a number.').waitFor();
  await hours.fill('1.5');
  await planning.getByRole('button', { name: 'Save' }).click();
  await admin.getByText('Saved: Overbooking').first().waitFor();
  const now = () => ask<{ tolerance_minutes: number; name: string }>(seen, '/settings');
  expect(await now()).toMatchObject({ tolerance_minutes: 90, name: seen.tenant.name });
  expect(await name.inputValue()).toBe('Not to be saved');
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => hours.inputValue()).toBe(before);
  expect(await name.inputValue()).toBe('Not to be saved');
  await name.fill(seen.tenant.name);

  await part('Calendar and units').getByRole('combobox', { name: 'Time zone' }).fill('lisb');
  await admin.getByRole('option', { name: 'Europe/Lisbon' }).click();
  await part('Calendar and units').getByRole('button', { name: 'Save' }).click();
  await admin.getByText('Saved: Calendar and units').first().waitFor();
  expect(await now()).toMatchObject({ time_zone: 'Europe/Lisbon' });
  await admin.getByRole('button', { name: 'Undo' }).click();
  await expect
    .poll(async () => (await now()) as object)
    .not.toMatchObject({
      time_zone: 'Europe/Lisbon',
    });
});

it('gives the default week another one from a day on, and takes it back', async () => {
  await admin.getByRole('button', { name: 'Add default week' }).click();
  await dialog().getByLabel('From').fill('2041-01-07');
  await dialog().getByLabel('Hours a week').fill('36');
  await save();
  await admin.getByText('36 h/w').waitFor();
  await admin.getByText('7 Jan 2041').waitFor();
  await admin.getByRole('button', { name: /^Remove: Default week, 7 Jan 2041/ }).click();
  await admin.getByText('36 h/w').waitFor({ state: 'detached' });
  // The only one is not removed.
  expect(await admin.getByRole('button', { name: /^Remove: Default week/ }).count()).toBe(0);
});

it('goes on under another address, in its own colours, until it is closed', async () => {
  const owner = await browser.open();
  const name = fresh('Settled ');
  await owner.goto('/sign-up');
  await owner.getByLabel('Full name').fill(fresh('Owen '));
  await owner.getByLabel('E-mail').fill(`${fresh('owen')}@example.com`);
  await owner.getByLabel('Password').fill('correct horse battery');
  await owner.getByLabel('Workspace').fill(name);
  await owner.getByRole('button', { name: 'Create account' }).click();
  await owner.waitForURL('**/w/**');
  await owner.getByRole('link', { name: 'Settings', exact: true }).click();
  const slug = fresh('moved-');
  const address = owner.getByLabel(/^Address, after/);
  const old = await address.inputValue();
  const accent = () =>
    owner.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent'));
  const usual = await accent();
  await address.fill(slug);
  await owner.getByLabel('Accent colour').fill('#1b7046');
  await owner.getByLabel(/^Theme/).selectOption('Dark');
  await owner.getByRole('button', { name: 'Save' }).first().click();
  await owner.waitForURL(`**/w/${slug}/settings/workspace`);
  const theme = () => owner.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await expect.poll(theme).toBe('dark');
  await expect.poll(accent).not.toBe(usual);
  await expectAccessible(owner, 'a workspace with its own colours');
  await owner.reload();
  await owner.getByRole('heading', { name: 'Default week' }).waitFor();
  await owner.getByRole('link', { name: 'Members' }).click();
  await owner.getByRole('button', { name: /^Remove: Owen/ }).click();
  await owner.getByRole('button', { name: 'Leave the workspace' }).click();
  await owner.getByText('A workspace needs an admin: make somebody else one first.').waitFor();
  await owner.keyboard.press('Escape');

  await owner.getByRole('link', { name: 'Close the workspace' }).click();
  await owner.getByRole('button', { name: 'Close this workspace' }).click();
  const asking = owner.getByRole('dialog');
  await asking.getByLabel(/^Type/).fill(old);
  await asking.getByRole('button', { name: 'Close this workspace' }).click();
  await asking.getByText(/^This is not/).waitFor();
  await asking.getByLabel(/^Type/).fill(name.trim());
  await asking.getByRole('button', { name: 'Close this workspace' }).click();
  await owner.getByText('It is suspended, and its file can be fetched.').waitFor();
  await owner.getByText(/^It will be erased on/).waitFor();
  await expectAccessible(owner, 'a workspace that is being closed');
  const coming = owner.waitForEvent('download');
  await owner.getByRole('button', { name: 'Fetch all that it holds' }).click();
  expect((await coming).suggestedFilename()).toBe('raally-export.jsonl');
  // From any other screen there is a way here.
  await owner.getByRole('link', { name: 'People', exact: true }).click();
  await owner.getByRole('link', { name: 'This workspace is being closed.' }).click();
  await owner.getByRole('button', { name: 'Take the closing back' }).click();
  await owner.getByText('The workspace is open as before.').first().waitFor();
  await owner.getByRole('button', { name: 'Close this workspace' }).waitFor();
  await owner.getByRole('link', { name: 'This workspace is being closed.' }).waitFor({
    state: 'detached',
  });
  await owner.getByRole('link', { name: 'People', exact: true }).click();
  await owner.getByText('Nobody here yet.').waitFor();
});

it('heard no complaint from the browser', () =>
  expect(browser.complaints().filter((said) => !/status of 40[39]/.test(said))).toEqual([]));
