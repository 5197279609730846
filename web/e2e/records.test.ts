import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { context, expectAccessible, fresh, launch, overApi, signIn, type Seen } from './browser';

let browser: Browser;
let page: Page;
let seen: Seen;
const name = fresh('Nadia Walker ');
const team = fresh('Engraving ');

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const dialog = () => page.getByRole('dialog');
const save = async () => {
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
};

it('adds a person, and shows a forgotten name at its field', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('button', { name: 'Add person' }).click();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText('Please fill this in.').waitFor();
  await dialog().getByLabel('Name').fill(name);
  await dialog().getByLabel('Employed from').fill('2024-01-08');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name }).waitFor();
});

it('finds somebody in the list by a part of the name, and forgets that in the side bar', async () => {
  const rows = page.getByRole('table').getByRole('row');
  const here = page.getByRole('link', { name: 'People', exact: true });
  await here.click();
  await rows.nth(2).waitFor();
  await page.getByRole('searchbox').pressSequentially(name.trim().slice(-6), { delay: 20 });
  await expect.poll(() => rows.count()).toBe(2);
  await here.click();
  await rows.nth(2).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('');
  // Nothing that was typed comes back.
  await page.waitForTimeout(500);
  expect(await rows.count()).toBeGreaterThan(2);
  await page.getByRole('searchbox').fill(name.trim());
  await page.getByRole('link', { name: name.trim() }).click();
  await page.getByRole('heading', { name: name.trim() }).waitFor();
});

it('keeps the dated records as one history', async () => {
  await page.getByRole('button', { name: 'Add job title' }).click();
  await dialog().getByLabel('Job title').fill('Illustrator');
  await dialog().getByLabel('From').fill('2024-01-08');
  await save();
  await page.getByText('Illustrator').first().waitFor();

  await page.getByRole('button', { name: 'Add placements' }).click();
  await dialog().getByLabel('From').fill('2024-01-08');
  await dialog().getByLabel('Team').selectOption({ label: 'New team …' });
  await dialog().getByLabel('New team').fill(team);
  await dialog().getByRole('combobox', { name: 'Manager' }).click();
  await dialog().getByRole('listbox').getByRole('option').nth(1).click();
  await save();
  // In the history, and among the details as of today.
  await expect.poll(() => page.getByText(team).count()).toBe(2);
  await page.getByText(/^Manager: /).waitFor();

  await page.getByRole('button', { name: 'Add availability' }).click();
  await dialog().getByLabel('From').fill('2024-01-08');
  await dialog().getByLabel('Hours a week').fill('32');
  await save();
  await page.getByText('32 h/w').waitFor();

  await page.getByRole('button', { name: 'Add time off' }).click();
  await dialog().getByLabel('From').fill('2031-07-07');
  await dialog().getByLabel('To').fill('2031-07-11');
  await save();
  await page.getByText(/Vacation · 7.+11 Jul 2031/).waitFor();

  await page.getByRole('button', { name: 'Add pay' }).click();
  await dialog().getByLabel('From').fill('2024-01-08');
  await dialog().getByLabel('Amount').fill('5200.50');
  await save();
  await page.getByText(/5,200\.50/).waitFor();
});

it('says of a placement that came with the person that it is from the start', async () => {
  const here = page.url();
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('button', { name: 'Add person' }).click();
  await dialog().getByLabel('Name').fill(fresh('Otis Walker '));
  await dialog().getByLabel('Team').selectOption({ label: team });
  await save();
  await page.getByText('From the start').waitFor();
  await page.goto(here);
});

it('archives somebody with a last day, and brings them back without a contract', async () => {
  const here = page.url();
  const leaver = fresh('Petra Walker ');
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('button', { name: 'Add person' }).click();
  await dialog().getByLabel('Name').fill(leaver);
  await save();
  await page.getByRole('heading', { name: leaver }).waitFor();
  await page.getByRole('button', { name: 'Archive', exact: true }).click();
  await dialog().getByLabel('Last day').fill('2031-02-28');
  await expectAccessible(page, 'archiving somebody', 'dialog');
  await dialog().getByRole('button', { name: 'Archive' }).click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByText('until 28 Feb 2031').waitFor();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByRole('button', { name: 'Archive', exact: true }).waitFor();
  await page.getByText('until 28 Feb 2031').waitFor();
  await page.goto(here);
});

it('gives a skill a level', async () => {
  const skill = fresh('Etching ');
  await page.getByRole('button', { name: 'Add skill' }).click();
  await dialog().getByLabel('Skill').selectOption({ label: 'Create …' });
  await dialog().getByLabel('Name').fill(skill);
  await dialog().getByLabel('Level').selectOption('4');
  await save();
  await page.getByText(skill).waitFor();
  await page.getByText('level 4 of 5').waitFor();
});

it('shows the person in the schedule with capacity and vacation', async () => {
  await page.goto(`/w/${seen.tenant.slug}/schedule?date=2031-06-30&q=${encodeURIComponent(name)}`);
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByText('0 / 32').first().waitFor();
  await row.getByText('Vacation').waitFor();
  expect(
    await page
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader') })
      .count(),
  ).toBe(1);
});

it('adds a project with a new client, and a phase of it', async () => {
  const project = fresh('Harbour ');
  const client = fresh('Pier ');
  const chosen = () => dialog().getByLabel('Client').locator('option:checked').textContent();
  await page.goto(`/w/${seen.tenant.slug}/projects`);
  await page.getByRole('button', { name: 'Add project' }).click();
  await dialog().getByLabel('Name').fill(project);
  await dialog().getByLabel('Code').fill(fresh('H'));
  await dialog().getByLabel('Violet').check({ force: true });
  await dialog().getByLabel('Client').selectOption({ label: 'New client …' });
  await dialog().getByLabel('New client').fill(client);
  await dialog().getByLabel('First day').fill('2031-02-03');
  await dialog().getByLabel('Last day').fill('2031-02-02');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByText('The end lies before the start.').waitFor();
  await dialog().getByLabel('Last day').fill('2031-11-28');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: project }).waitFor();
  await page.getByText('28 Nov 2031').waitFor();
  await page.getByText(client).waitFor();
  await page.getByRole('button', { name: 'Add phases' }).click();
  await dialog().getByLabel('Phase').fill('Survey');
  await dialog().getByLabel('From').fill('2031-02-03');
  await dialog().getByLabel('To').fill('2031-02-28');
  await save();
  await page.getByRole('listitem').filter({ hasText: 'Survey' }).waitFor();

  // The client that was typed is a client now, with the project on its page, and can be chosen and unchosen.
  await page.getByRole('link', { name: client }).click();
  await page.getByRole('heading', { name: client }).waitFor();
  await page.getByRole('link', { name: project }).click();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  expect(await chosen()).toBe(client);
  await dialog().getByLabel('Client').selectOption({ label: 'No client' });
  await save();
  await page.getByRole('link', { name: client }).waitFor({ state: 'detached' });
});

it('erases what is known of somebody once the name is typed', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people?q=${encodeURIComponent(name.trim())}`);
  await page.getByRole('link', { name: name.trim() }).click();
  await page.getByRole('button', { name: 'Erase personal data' }).click();
  const erase = dialog().getByRole('button', { name: 'Erase personal data' });
  await dialog().getByLabel(/^Type/).fill('somebody else');
  await erase.click();
  await dialog()
    .getByText(/^This is not/)
    .waitFor();
  await expectAccessible(page, 'erasing', 'dialog');
  if (process.env.RAALLY_SHOTS)
    await page.screenshot({ path: `${process.env.RAALLY_SHOTS}/erase.png` });
  await dialog().getByLabel(/^Type/).fill(name.trim());
  await erase.click();
  await page.getByRole('heading', { name: /^Erased / }).waitFor();
  await page.goto(`/w/${seen.tenant.slug}/people?q=${encodeURIComponent(name.trim())}`);
  await page.getByText(/^No one matches/).waitFor();
  if (process.env.RAALLY_SHOTS)
    await page.screenshot({ path: `${process.env.RAALLY_SHOTS}/erased.png` });
});
