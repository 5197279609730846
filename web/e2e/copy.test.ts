import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask, BASE, box, context, fresh, launch, overApi, signIn, type Seen } from './browser';

const NAME = fresh('Cora Copy ');
const PROJECT = fresh('Twice');
/** What was entered, and what its project or the defaults would have said otherwise. */
const ENTERED = {
  effort: { per: 'day', minutes: 90 },
  weekdays: ['mon', 'wed'],
  include_non_working: false,
  status: 'tentative',
  billable: false,
  role: 'Lead',
  notes: 'On site',
};

let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];
let person: string;
let project: string;
let original: Record<string, unknown> | undefined;

async function make(path: string, body: unknown): Promise<string> {
  const answer = await fetch(`${BASE}/api/v1/tenants/${seen.tenant.slug}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${seen.token}` },
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

/** The bookings of the project as they are kept, by their first days; `id` and `version` tell them from each other. */
async function kept(): Promise<Record<string, unknown>[]> {
  const path = `/assignments?project_id=${project}`;
  const { items } = await ask<{ items: Record<string, unknown>[] }>(seen, path);
  for (const item of items) {
    delete item.id;
    delete item.version;
  }
  return items.sort((a, b) => String(a.start).localeCompare(String(b.start)));
}
/** The first booking at other dates. */
const booking = (start: string, end: string) => ({ ...original, start, end });

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  person = await make('/people', { full_name: NAME });
  project = await make('/projects', { name: PROJECT, billable: true });
  const where = { person_id: person, project_id: project, start: '2033-03-07', end: '2033-03-25' };
  await make('/assignments', { ...ENTERED, ...where });
  [original] = await kept();
  expect(original).toMatchObject(ENTERED);
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
  await signIn(page);
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2033-03-07&q=${encodeURIComponent(NAME.trim())}`,
  );
});
afterAll(() => browser?.close());

const bars = () => page.getByRole('grid').getByRole('button', { name: new RegExp(`^${PROJECT}`) });

it('splits a booking without losing anything that was entered', async () => {
  await bars().first().waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('s');
  await expect.poll(() => bars().count()).toBe(2);
  await page
    .getByText(new RegExp(`${PROJECT} split`))
    .first()
    .waitFor();
  expect(await kept()).toEqual([
    booking('2033-03-07', '2033-03-13'),
    booking('2033-03-14', '2033-03-25'),
  ]);
});

it('copies a booking without losing anything that was entered, and previews it', async () => {
  const from = await box(bars().first());
  await page.keyboard.down('Control');
  await page.mouse.move(from.x + 40, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(from.x + 120, from.y + 10, { steps: 4 });
  await page.mouse.move(from.x + 40 + 5 * 84, from.y + 10, { steps: 4 });
  await page.locator('[data-changed]').first().waitFor();
  await page.mouse.up();
  await page.keyboard.up('Control');
  await page
    .getByText(new RegExp(`${PROJECT} copied to`))
    .first()
    .waitFor();
  expect(await kept()).toEqual([
    booking('2033-03-07', '2033-03-13'),
    booking('2033-03-14', '2033-03-25'),
    booking('2033-04-11', '2033-04-17'),
  ]);
  expect(complaints).toEqual([]);
});
