/** Placeholders in the schedule: demand that nobody fills yet, above the people who could. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  ask,
  box,
  context,
  expectAccessible,
  fresh,
  joined,
  launch,
  openSchedule,
  overApi,
  send,
  signIn,
  type Seen,
} from './browser';

const FAR = '2036-03-03';
const STEM = fresh('Sta');
const [DEV, LEAD, ANA] = [`${STEM} Dev`, `${STEM} Lead`, `${STEM} Ana`];
const TEAM = fresh('Staffers ');
const PROJECT = fresh('Wanted');
const PANE = 264;

interface Listed<T> {
  items: (T & { id: string; version: number })[];
}

let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];
let team: string;
let project: string;
let ana: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
  ({ id: team } = await add(seen, '/teams', { name: TEAM }));
  ({ id: project } = await add(seen, '/projects', { name: PROJECT }));
  ({ id: ana } = await add(seen, '/people', { full_name: ANA }));
  await signIn(page);
});
afterAll(async () => {
  // Placeholders without work are in everybody's way, whatever the period.
  for (const { id } of await placeholders()) await send(seen, 'DELETE', `/placeholders/${id}`);
  await browser?.close();
});

const placeholders = async () =>
  (await ask<Listed<{ title: string }>>(seen, `/placeholders?q=${STEM}&limit=200`)).items;
const bookings = async () => {
  type Booking = { person_id: string | null; placeholder_id: string | null };
  return (await ask<Listed<Booking>>(seen, `/assignments?project_id=${project}`)).items;
};
const view = (more = '', on = page) => openSchedule(on, seen, `${FAR}&q=${STEM}${more}`);
const group = (on = page) => on.getByRole('rowheader', { name: /^To staff/ });
const rowOf = (title: string, on = page) =>
  on.locator('[data-placeholder]').filter({ hasText: title });
const person = (on = page) => on.locator(`[data-person="${ana}"]`);
const barIn = (row: Locator) => row.getByRole('button', { name: new RegExp(`^${PROJECT}`) });
const said = (text: RegExp) => page.getByText(text).first().waitFor();
const key = (...keys: string[]) =>
  keys.reduce((before, k) => before.then(() => page.keyboard.press(k)), Promise.resolve());
async function drag(bar: Locator, to: Locator, letGo = true) {
  const [from, onto] = [await box(bar), await box(to)];
  await page.mouse.move(from.x + 40, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(from.x + 42, from.y + 20, { steps: 3 });
  await page.mouse.move(from.x + 40, onto.y + 16, { steps: 5 });
  if (letGo) await page.mouse.up();
}

it('adds a placeholder, whose row stands above the people', async () => {
  await view();
  expect(await group().count()).toBe(0);
  await page.getByRole('button', { name: 'Add placeholder' }).click();
  const form = page.getByRole('dialog');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.getByText('Please fill this in.').waitFor();
  await form.getByLabel('Job title').fill(DEV);
  await form.getByLabel('Team').selectOption({ label: TEAM });
  await expectAccessible(page, 'the form of a placeholder', 'dialog');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });
  await group().getByText('1 placeholder', { exact: true }).waitFor();
  await rowOf(DEV).getByText(TEAM).waitFor();
  expect((await box(rowOf(DEV))).y).toBeLessThan((await box(person())).y);
  await said(new RegExp(`Saved: ${DEV}`));
});

it('plans what is wanted by dragging over empty days, and says how much that is', async () => {
  const frame = await box(page.getByRole('grid'));
  const [x, y] = [frame.x + PANE + 3 * 84 + 6, (await box(rowOf(DEV))).y + 16];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 4 });
  await page.mouse.up();
  const editor = page.getByRole('dialog');
  await editor.getByRole('combobox', { name: 'Project' }).fill(PROJECT);
  await page.getByRole('option', { name: PROJECT }).click();
  await editor.getByLabel('Effort').fill('20h/w');
  await editor.getByRole('button', { name: 'Save' }).click();
  await barIn(rowOf(DEV)).waitFor();
  await expect.poll(() => barIn(rowOf(DEV)).getAttribute('data-wanted')).toBe('true');
  await rowOf(DEV).getByText('20', { exact: true }).waitFor();
  await rowOf(DEV)
    .getByRole('gridcell', { name: /: 20 h to staff$/ })
    .waitFor();
  await expectAccessible(page, 'the schedule with a placeholder');
});

it('books a person by dragging the bar onto them, with their figures on the way, and takes that back', async () => {
  const wanted = barIn(rowOf(DEV));
  await drag(wanted, person(), false);
  await person().locator('[data-changed]').first().waitFor();
  await page.mouse.up();
  await barIn(person()).waitFor();
  await wanted.waitFor({ state: 'detached' });
  expect(await barIn(person()).getAttribute('data-wanted')).toBeNull();
  await expect.poll(async () => (await bookings())[0]?.person_id).toBe(ana);
  expect((await bookings())[0]?.placeholder_id).toBeNull();
  await rowOf(DEV)
    .getByRole('gridcell', { name: /: 0 h to staff$/ })
    .first()
    .waitFor();

  await key('Control+z');
  await wanted.waitFor();
  await barIn(person()).waitFor({ state: 'detached' });
  await key('Control+Shift+z');
  await barIn(person()).waitFor();
  // Back by hand.
  await drag(barIn(person()), rowOf(DEV));
  await wanted.waitFor();
  await expect.poll(async () => (await bookings())[0]?.person_id).toBeNull();
});

it('does all that with the keyboard alone', async () => {
  const grid = page.getByRole('grid');
  const wanted = barIn(rowOf(DEV));
  await grid.focus();
  // The cursor is at the booking that was moved last.
  await key('m', 'ArrowDown', 'ArrowRight', 'Enter');
  await said(new RegExp(`${ANA} · ${PROJECT} moved to`));
  await barIn(person()).waitFor();
  await key('m', 'ArrowUp', 'Enter');
  await wanted.waitFor();
  await expect.poll(async () => (await bookings())[0]?.placeholder_id).not.toBeNull();
  const before = await wanted.getAttribute('aria-label');
  await key('r', 'ArrowRight', 'Enter');
  await expect.poll(() => wanted.getAttribute('aria-label')).not.toBe(before);
  await key('Delete');
  await wanted.waitFor({ state: 'detached' });
  await key('Control+z');
  await wanted.waitFor();
  await key('ArrowRight', 'ArrowLeft', 'n');
  const editor = page.getByRole('dialog', { name: 'New booking' });
  await editor.getByRole('combobox', { name: 'Project' }).waitFor();
  await expect.poll(() => editor.getByLabel('Effort').inputValue()).toBe('20h/w');
  await editor.getByRole('button', { name: 'Cancel' }).click();
});

it('changes in the popover whose a booking is', async () => {
  const choose = async (row: Locator, name: string) => {
    await barIn(row).click();
    const field = page.getByRole('dialog').getByRole('combobox', { name: 'Person' });
    await field.click();
    await field.fill(name);
    await page.getByRole('option', { name }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  };
  await choose(rowOf(DEV), ANA);
  await barIn(person()).waitFor();
  await said(new RegExp(`${ANA} · ${PROJECT} changed`));
  await choose(person(), DEV);
  await barIn(rowOf(DEV)).waitFor();
  await expect.poll(async () => (await bookings())[0]?.person_id).toBeNull();
});

it('folds the group, and remembers that', async () => {
  await group().getByRole('button', { name: 'To staff' }).click();
  await rowOf(DEV).waitFor({ state: 'detached' });
  await view('&group=team');
  await group().waitFor();
  expect(await rowOf(DEV).count()).toBe(0);
  await page.getByRole('grid').focus();
  await key('PageUp', 'g');
  await rowOf(DEV).waitFor();
});

it('follows what others do, and what filters say of placeholders', async () => {
  await view();
  await barIn(rowOf(DEV)).waitFor();
  const [booking] = await bookings();
  await send(seen, 'PATCH', `/assignments/${booking?.id}`, {
    effort: { per: 'week', minutes: 600 },
  });
  await rowOf(DEV)
    .getByRole('button', { name: new RegExp(`^${PROJECT}, 10 h/w`) })
    .waitFor();
  await add(seen, '/placeholders', { title: LEAD });
  await page.getByText('Order changed').waitFor();
  expect(await rowOf(LEAD).count()).toBe(0);
  await page.getByRole('button', { name: 'Refresh' }).click();
  await rowOf(LEAD).waitFor();

  await view(`&team_id=${team}`);
  await rowOf(DEV).waitFor();
  expect([await rowOf(LEAD).count(), await person().count()]).toEqual([0, 0]);
  await view(`&project_id=${project}`);
  await rowOf(DEV).waitFor();
  expect(await rowOf(LEAD).count()).toBe(0);
  for (const filter of ['overbooked=true', 'role=Weaver']) {
    await page.goto(`/w/${seen.tenant.slug}/schedule?date=${FAR}&q=${STEM}&${filter}`);
    await page.getByText(/^No one matches/).waitFor();
    expect(await group().count()).toBe(0);
  }
});

it('renames a placeholder, removes it with its bookings, and takes that back', async () => {
  await view();
  await barIn(rowOf(DEV)).waitFor();
  const name = `${STEM} Renamed`;
  const form = page.getByRole('dialog');
  await page.getByRole('grid').focus();
  await key('PageUp', 'ArrowDown', 'o');
  await form.getByLabel('Job title').fill(name);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'detached' });
  await barIn(rowOf(name)).waitFor();
  await rowOf(name).getByRole('button', { name, exact: true }).click();
  await form.getByRole('button', { name: 'Remove' }).click();
  await rowOf(name).waitFor({ state: 'detached' });
  await said(new RegExp(`Removed: ${name}`));
  expect(await bookings()).toEqual([]);
  expect(await page.evaluate(() => document.activeElement?.role)).toBe('grid');
  await key('Control+z');
  await barIn(rowOf(name)).waitFor();
  await page.getByText('Order changed').waitFor({ state: 'detached' });
});

it('shows them to those who may only look, with no handle', async () => {
  const { context: own } = await context(browser);
  const other = await own.newPage();
  await joined(seen, other, 'viewer');
  await view('', other);
  const row = rowOf(`${STEM} Renamed`, other);
  await barIn(row).waitFor();
  expect(await other.getByRole('button', { name: 'Add placeholder' }).count()).toBe(0);
  expect(await row.getByRole('rowheader').getByRole('button').count()).toBe(0);
  const [from, to] = [await box(barIn(row)), await box(person(other))];
  await other.mouse.move(from.x + 40, from.y + 10);
  await other.mouse.down();
  await other.mouse.move(from.x + 40, to.y + 16, { steps: 5 });
  await other.mouse.up();
  await barIn(row).click();
  await other.getByRole('dialog').getByRole('heading', { name: PROJECT }).waitFor();
  expect(await barIn(person(other)).count()).toBe(0);
  await own.close();
});

it('draws only those in sight, however many there are', async () => {
  const commands = Array.from({ length: 130 }, (_, i) => ({
    op: 'create',
    resource: 'placeholders',
    id: crypto.randomUUID(),
    body: { title: `${STEM} Many ${100 + i}` },
  }));
  await send(seen, 'POST', '/commands', { commands });
  const asked: string[] = [];
  page.on('request', (r) => asked.push(new URL(r.url()).search));
  await view();
  await rowOf('Many 100').waitFor();
  await group().getByText('132 placeholders').waitFor();
  expect(await page.locator('[data-placeholder]').count()).toBeLessThan(40);
  const pages = asked.filter((q) => q.includes('by=placeholder') && !q.includes('bucket=month'));
  expect(pages.map((q) => new URLSearchParams(q).get('limit'))).toEqual(pages.map(() => '50'));
  expect(pages.every((q) => q.includes('offset=0'))).toBe(true);
  await page.getByRole('grid').evaluate((grid) => grid.scrollTo({ top: 110 * 54 }));
  await rowOf('Many 210')
    .getByRole('gridcell', { name: /: 0 h to staff$/ })
    .first()
    .waitFor();
  await rowOf('Many 100').waitFor({ state: 'detached' });
  const deletes = commands.map(({ resource, id }) => ({ op: 'delete', resource, id }));
  await send(seen, 'POST', '/commands', { commands: deletes });
  // A preview that a quick Enter overtakes is answered so, and nothing is shown of it.
  expect(complaints.filter((text) => !text.includes('status of 412'))).toEqual([]);
});
