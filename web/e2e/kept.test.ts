/** An edit shows everything that a booking has, and changes nothing but what was typed. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { add, ask, context, fresh, launch, overApi, signIn, type Seen } from './browser';

const NAME = fresh('Gil Mask ');
const PROJECT = fresh('Masked');
const ENTERED = {
  effort: { per: 'day', minutes: 180 },
  weekdays: ['tue', 'thu'],
  include_non_working: true,
  status: 'tentative',
  billable: false,
  role: 'Lead',
  location: 'Porto',
  notes: 'On site\nwith Ana',
  start: '2034-05-01',
  end: '2034-05-26',
};

let browser: Browser;
let page: Page;
let seen: Seen;
let id: string;
const editor = () => page.getByRole('dialog');
const bar = () => page.getByRole('grid').getByRole('button', { name: new RegExp(`^${PROJECT}`) });
const save = async () => {
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().waitFor({ state: 'detached' });
};
const stored = () => ask<Record<string, unknown>>(seen, `/assignments/${id}`);

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const person = await add(seen, '/people', { full_name: NAME });
  const project = await add(seen, '/projects', { name: PROJECT, billable: true });
  const where = { person_id: person.id, project_id: project.id };
  ({ id } = await add(seen, '/assignments', { ...ENTERED, ...where }));
  page = await (await context(browser)).context.newPage();
  await signIn(page);
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2034-05-01&q=${encodeURIComponent(NAME.trim())}`,
  );
});
afterAll(() => browser?.close());

it('says on the bar on which days it counts', async () => {
  await bar().waitFor();
  const label = await bar().getAttribute('aria-label');
  expect(label).toContain('3 h/d · Tue, Thu');
  expect(label).toContain('Also on days off');
});

it('shows weekdays, days off, billing, role, location and notes', async () => {
  await bar().click();
  await expect.poll(() => editor().getByLabel('Effort').inputValue()).toBe('3h/d');
  expect(await editor().getByLabel('Tue').isChecked()).toBe(true);
  expect(await editor().getByLabel('Mon').isChecked()).toBe(false);
  expect(await editor().getByLabel('Also on days off').isChecked()).toBe(true);
  expect(await editor().getByLabel('Billing').inputValue()).toBe('no');
  expect(await editor().getByLabel('Role').inputValue()).toBe('Lead');
  expect(await editor().getByLabel('Location').inputValue()).toBe('Porto');
  expect(await editor().getByLabel('Notes').inputValue()).toBe(ENTERED.notes);
});

it('changes what was typed and nothing else', async () => {
  await editor().getByLabel('Effort').fill('4h/d');
  await save();
  expect(await stored()).toMatchObject({ ...ENTERED, effort: { per: 'day', minutes: 240 } });
});

it('drops no weekday because the effort is by week now: it says so, and lets one decide', async () => {
  await bar().click();
  await editor().getByLabel('Effort').fill('6h/w');
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor()
    .getByText(/This goes with hours a day/)
    .first()
    .waitFor();
  expect(await stored()).toMatchObject({ weekdays: ['tue', 'thu'] });
  await editor().getByLabel('Tue').uncheck({ force: true });
  // What means nothing by week any more is gone as soon as it is cleared.
  await editor().getByLabel('Thu').click({ force: true });
  await editor().getByLabel('Also on days off').click();
  await save();
  expect(await stored()).toMatchObject({
    ...ENTERED,
    effort: { per: 'week', minutes: 360 },
    weekdays: null,
    include_non_working: false,
  });
});

it('reassigns to anybody, also to whom the filter hides', async () => {
  const other = fresh('Zoe Elsewhere ');
  const { id: otherId } = await add(seen, '/people', { full_name: other });
  await bar().click();
  const person = editor().getByRole('combobox', { name: 'Person' });
  await person.fill(other.trim().slice(-12));
  await page.getByRole('option', { name: other.trim() }).click();
  await save();
  await page.getByText(`${other.trim()} · ${PROJECT} changed`).first().waitFor();
  expect(await stored()).toMatchObject({ person_id: otherId, notes: ENTERED.notes });
});
