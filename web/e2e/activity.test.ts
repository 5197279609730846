/** Who changed what: told, filtered, taken back. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  box,
  context,
  expectAccessible,
  fresh,
  joined,
  launch,
  overApi,
  send,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Ada Told ');
const PROJECT = fresh('Ledger ');
let browser: Browser;
let page: Page;
let seen: Seen;
let person: string;
let booking: string;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  person = (await add(seen, '/people', { full_name: NAME })).id;
  const project = await add(seen, '/projects', { name: PROJECT });
  booking = (
    await add(seen, '/assignments', {
      person_id: person,
      project_id: project.id,
      start: '2035-03-05',
      end: '2035-03-16',
      effort: { per: 'week', minutes: 1200 },
    })
  ).id;
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const activity = (search = '') => page.goto(`/w/${seen.tenant.slug}/activity${search}`);
const entries = (text: string | RegExp) =>
  page.getByRole('main').getByRole('listitem').filter({ hasText: text });
const param = (name: string) => new URL(page.url()).searchParams.get(name);

it('says who did what today, with what it was and what it is', async () => {
  await send(seen, 'PATCH', `/assignments/${booking}`, {
    end: '2035-03-23',
    effort: { per: 'week', minutes: 600 },
  });
  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await page.getByRole('heading', { name: /^Today · / }).waitFor();
  const changed = entries(`changed the booking ${NAME} – ${PROJECT}`).first();
  await changed.getByText('User 1 Tester').waitFor();
  await changed.getByText('16 Mar 2035').waitFor();
  await changed.getByText('23 Mar 2035').waitFor();
  await changed.getByText('20 h/w').waitFor();
  await changed.getByText('10 h/w').waitFor();
  expect(await page.title()).toMatch(/^Activity · /);
});

it('leads to a booking that was changed, on its first day, and to nothing once it is gone', async () => {
  const link = page.getByRole('link', { name: `${NAME} – ${PROJECT}` });
  await link.first().click();
  await page.waitForURL((url) => url.pathname.endsWith('/schedule'));
  expect(param('date')).toBe('2035-03-05');
  await page.getByRole('row').filter({ hasText: NAME.trim() }).waitFor();
  await page.goBack();
  await entries('changed the booking').first().waitFor();
  await send(seen, 'DELETE', `/assignments/${booking}`);
  const removed = entries(`removed the booking ${NAME} – ${PROJECT}`).first();
  await removed.waitFor();
  // Where it was is known of one that is gone; of a change before it is not.
  expect(await removed.getByRole('link').getAttribute('href')).toContain('date=2035-03-05');
  await entries('changed the booking').first().getByRole('link').click();
  await page.getByText('This booking is not there any more.').first().waitFor();
});

it('keeps a step together, and opens it', async () => {
  const label = fresh('Several ');
  await send(seen, 'POST', '/commands', {
    commands: ['one', 'two', 'three'].map((name) => ({
      op: 'create',
      resource: 'clients',
      id: crypto.randomUUID(),
      body: { name: `${label} ${name}` },
    })),
  });
  await activity(`?q=${encodeURIComponent(label)}`);
  const step = entries('added 3 clients');
  await step.getByRole('button', { name: 'Show 3 changes' }).click();
  await step.getByText(`added the client ${label} one`).waitFor();
  expect(await step.getByRole('listitem').count()).toBe(3);
  await step.getByRole('button', { name: 'Show less' }).click();
  expect(await step.getByRole('listitem').count()).toBe(0);
});

it('narrows by text, who, what and when, says when nothing is left, and forgets all of it', async () => {
  await activity();
  await page.getByRole('searchbox', { name: 'Search' }).fill(PROJECT.trim());
  await expect.poll(() => param('q')).toBe(PROJECT.trim());
  await entries(`added the project ${PROJECT.trim()}`).waitFor();
  await page.getByLabel('Change', { exact: true }).selectOption({ label: 'Removed' });
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Booking' });
  await page.getByLabel('Who', { exact: true }).selectOption({ label: 'User 1 Tester' });
  await entries('added the project').waitFor({ state: 'detached' });
  await entries('removed the booking').waitFor();
  await expectAccessible(page, 'a filtered activity');
  await page.getByLabel('To', { exact: true }).fill('2021-12-31');
  await page.getByText('Nothing matches these filters.').waitFor();
  expect(param('to')).toBe('2021-12-31');
  await page.getByRole('button', { name: 'Clear filters' }).last().click();
  await entries('added the project').first().waitFor();
  expect(new URL(page.url()).search).toBe('');
  expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('');
});

it('tells of one thing alone where its page leads here', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people/${person}`);
  await page.getByRole('main').getByRole('link', { name: 'Activity' }).click();
  await page.getByText(`Person: ${NAME.trim()}`).waitFor();
  await entries(`added the person ${NAME.trim()}`).waitFor();
  expect(await entries('the booking').count()).toBe(0);
  await page.getByRole('button', { name: `Remove the filter ${NAME.trim()}` }).click();
  await entries('the booking').first().waitFor();
  expect(param('entity_id')).toBeNull();
});

it('takes a step back, and does it again', async () => {
  const name = fresh('Undone ');
  const { id } = await add(seen, '/clients', { name });
  await activity(`?entity=client&entity_id=${id}`);
  const undo = entries('added the client').getByRole('button', { name: /^Undo this step/ });
  await undo.focus();
  await page.keyboard.press('Enter');
  await page.getByText(`Undone: ${name.trim()}`).first().waitFor();
  const removed = entries('removed the client');
  await removed.waitFor();
  // What took it back is not offered to be taken back, and the keyboard is where it was.
  expect(await removed.getByRole('button', { name: /^Undo/ }).count()).toBe(0);
  const pressed = page.locator(':focus');
  expect(await pressed.textContent()).toBe('Undone');
  await page.getByRole('button', { name: 'Redo', exact: true }).click();
  await page.getByText(`Redone: ${name.trim()}`).first().waitFor();
  await expect.poll(() => entries('added the client').count()).toBe(2);
});

it('says who stands in the way of taking a step back', async () => {
  const name = fresh('Held ');
  const { id } = await add(seen, '/clients', { name });
  await send(seen, 'PATCH', `/clients/${id}`, { name: `${name} on` });
  await activity(`?entity=client&entity_id=${id}`);
  await entries('added the client')
    .getByRole('button', { name: /^Undo this step/ })
    .click();
  await page
    .getByText(/^Not possible: .*it can no longer be undone\. Changed last by User 1 Tester/)
    .first()
    .waitFor();
  await entries('added the client')
    .getByRole('button', { name: /^Undo this step/ })
    .waitFor();
});

it('shows what others do, and leaves the reader where they are', async () => {
  const stem = fresh('Row ');
  const names = Array.from({ length: 25 }, (_, n) => `${stem} ${n}`);
  await Promise.all(names.map((name) => add(seen, '/clients', { name })));
  await activity();
  await page.getByRole('button', { name: 'Load more' }).click();
  const far = await entries(stem).nth(20).getByRole('link').textContent();
  const held = entries(new RegExp(`${far}(?!\\d)`));
  await held.scrollIntoViewIfNeeded();
  const before = await box(held);
  await add(seen, '/clients', { name: `${stem} new` });
  await entries(`${stem} new`).waitFor();
  const after = await box(held);
  expect(after.y).toBeGreaterThan(0);
  expect(Math.abs(after.y - before.y)).toBeLessThan(2);
});

it('is not for members, who are not led there either', async () => {
  const { context: other, complaints } = await context(browser);
  const theirs = await other.newPage();
  await joined(seen, theirs, 'member');
  await theirs.goto(`/w/${seen.tenant.slug}/people/${person}`);
  await theirs.getByRole('heading', { name: NAME.trim() }).waitFor();
  expect(await theirs.getByRole('link', { name: 'Activity' }).count()).toBe(0);
  await theirs.goto(`/w/${seen.tenant.slug}/activity`);
  await theirs.getByText(/^Admins and resource managers see who changed what\./).waitFor();
  expect(await theirs.getByRole('searchbox').count()).toBe(0);
  expect(complaints).toEqual([]);
});
