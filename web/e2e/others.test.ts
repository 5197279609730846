/** What others do appears, what one does oneself can be taken back, and views say what they leave out. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  ask,
  context,
  expectAccessible,
  fresh,
  launch,
  openSchedule,
  overApi,
  send,
  signIn,
  type Seen,
} from './browser';

const STEM = fresh('Olaf');
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

const schedule = (search: string) => `/w/${seen.tenant.slug}/schedule?date=2034-10-02&${search}`;
const names = () => page.getByRole('rowheader').allTextContents();

it('shows new people where somebody adds them, once one wants to', async () => {
  await add(seen, '/people', { full_name: `${STEM} One` });
  await page.goto(schedule(`q=${STEM}`));
  await page.getByText(`${STEM} One`).waitFor();
  await page.waitForTimeout(1_000);
  await add(seen, '/people', { full_name: `${STEM} Two` });
  await add(seen, '/people', { full_name: `${STEM} Three` });
  await page.getByText('2 people added').waitFor();
  expect((await names()).length).toBe(1);
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await page.getByText(`${STEM} Two`).waitFor();
  await page.getByText(`${STEM} Three`).waitFor();
});

it('keeps utilization of the period with every change', async () => {
  const { items } = await ask<{ items: { id: string }[] }>(seen, `/people?q=${STEM}%20One`);
  const project = await add(seen, '/projects', { name: fresh('Load ') });
  const row = page.getByRole('row').filter({ hasText: `${STEM} One` });
  const load = row.getByRole('rowheader').getByText(/%$/);
  await expect.poll(() => load.textContent()).toBe('0%');
  await add(seen, '/assignments', {
    person_id: items[0]?.id,
    project_id: project.id,
    start: '2034-10-02',
    end: null,
    effort: { per: 'week', minutes: 2400 },
  });
  await expect.poll(() => load.textContent(), { timeout: 10_000 }).not.toBe('0%');
});

it('says which project a view is about, and how to leave it', async () => {
  const name = fresh('Narrow ');
  const { id } = await add(seen, '/projects', { name });
  await page.goto(schedule(`project_id=${id}`));
  const chip = page.getByRole('button', { name: `Remove the filter ${name.trim()}` });
  await chip.waitFor();
  await expectAccessible(page, 'a filtered schedule');
  await chip.click();
  await expect.poll(() => new URL(page.url()).searchParams.has('project_id')).toBe(false);
  await page.getByRole('rowheader').first().waitFor();
});

it('opens at today and with everybody at the next visit', async () => {
  // What the walk before left behind may be remembered only now.
  const remembered = page.waitForRequest(
    (request) => request.method() === 'PATCH' && (request.postData() ?? '').includes('group=team'),
  );
  await page.goto(schedule(`q=${STEM}&group=team`));
  await page.getByText(`${STEM} One`).waitFor();
  const { last_view } = (await remembered).postDataJSON() as { last_view: string };
  expect(last_view).toBe(`/w/${seen.tenant.slug}/schedule?group=team`);
});

it('says what was removed on a person’s page, and takes it back there', async () => {
  const { id } = await add(seen, '/people', { full_name: fresh('Tora Undo ') });
  await add(seen, `/people/${id}/job-titles`, { title: 'Weaver', effective_date: '2024-01-08' });
  await page.goto(`/w/${seen.tenant.slug}/people/${id}`);
  const title = page.getByRole('listitem').filter({ hasText: 'Weaver' });
  await title.getByRole('button', { name: /^Remove/ }).click();
  await title.waitFor({ state: 'detached' });
  await page
    .getByText(/^Removed: Tora Undo/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await title.waitFor();
  // By keys as well.
  await title.getByRole('button', { name: /^Remove/ }).click();
  await title.waitFor({ state: 'detached' });
  await page.locator('body').press('Control+z');
  await title.waitFor();
});

it('asks before it takes back what one would not see', async () => {
  const { id } = await add(seen, '/people', { full_name: fresh('Udo Blind ') });
  await page.goto(`/w/${seen.tenant.slug}/people/${id}`);
  await page.getByRole('button', { name: 'Add job title' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Job title').fill('Potter');
  await dialog.getByLabel('From').fill('2024-01-08');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Schedule', exact: true }).click();
  const grid = page.getByRole('grid');
  await grid.focus();
  await page.keyboard.press('Control+z');
  await page
    .getByText(/Not done on this page: .*Job title. Take it back\?/)
    .first()
    .waitFor();
  const titles = () => ask<{ items: unknown[] }>(seen, `/people/${id}/job-titles`);
  expect((await titles()).items).toHaveLength(1);
  await grid.focus();
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await titles()).items.length).toBe(0);
});

it('marks no step of one’s own as somebody else’s, also on a slow line', async () => {
  const person = await add(seen, '/people', { full_name: fresh('Sven Slow ') });
  const project = await add(seen, '/projects', { name: fresh('Slow') });
  await openSchedule(page, seen, '2034-10-02');
  const { items } = await ask<{ items: { full_name: string }[] }>(seen, `/people?q=Sven%20Slow`);
  await page.goto(schedule(`q=${encodeURIComponent(items.at(-1)?.full_name ?? '')}`));
  await add(seen, '/assignments', {
    person_id: person.id,
    project_id: project.id,
    start: '2034-10-09',
    end: '2034-10-20',
    effort: { per: 'week', minutes: 600 },
  });
  const bar = page.getByRole('grid').getByRole('button', { name: /^Slow/ });
  await bar.waitFor();
  await page.waitForTimeout(2_500);
  await page.route('**/undo*', async (route) => {
    const answer = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.fulfill({ response: answer });
  });
  await page.route('**/assignments/*', async (route) => {
    const answer = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await route.fulfill({ response: answer });
  });
  const flashes = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let seen = 0;
        const look = new MutationObserver(() => {
          seen = Math.max(seen, document.querySelectorAll('[data-flash]').length);
        });
        look.observe(document.body, { subtree: true, attributes: true, childList: true });
        setTimeout(() => resolve(seen), 5_000);
      }),
  );
  const place = await bar.boundingBox();
  await page.mouse.move((place?.x ?? 0) + 40, (place?.y ?? 0) + 10);
  await page.mouse.down();
  await page.mouse.move((place?.x ?? 0) + 140, (place?.y ?? 0) + 10, { steps: 6 });
  await page.mouse.up();
  await page.keyboard.press('Control+z');
  expect(await flashes).toBe(0);
  await page.unroute('**/undo*');
  await page.unroute('**/assignments/*');
});

it('answers a request for time off from the bell', async () => {
  const name = fresh('Rita Away ');
  const { id } = await add(seen, '/people', { full_name: name });
  const off = await add(seen, '/time-off', {
    person_id: id,
    kind: 'vacation',
    status: 'requested',
    from: '2034-11-06',
    to: '2034-11-10',
    portion: 'day',
  });
  // The bell tells of it; who asks for it oneself is not told, so the panel is opened by what it says of others.
  const bell = await page.request.get(`/api/v1/tenants/${seen.tenant.slug}/notifications`, {
    headers: { Authorization: `Bearer ${seen.token}` },
  });
  expect(bell.status()).toBe(200);
  await page.route('**/notifications?*', async (route) => {
    const notification = {
      id: crypto.randomUUID(),
      kind: 'approver',
      at: '2034-10-01T08:00:00Z',
      count: 4,
      actor: null,
      entity: null,
      person: null,
      project: null,
      from: null,
      to: null,
      read_at: '2034-10-01T09:00:00Z',
    };
    await route.fulfill({ json: { items: [notification], next_cursor: null, unread: 0 } });
  });
  await page.goto(`/w/${seen.tenant.slug}/dashboard`);
  await page.getByRole('button', { name: 'Notifications', exact: true }).click();
  await page.getByRole('button', { name: /4 requests for time off/ }).click();
  const approve = page.getByRole('button', { name: new RegExp(`^Approve: ${name.trim()}`) });
  await approve.waitFor();
  await expectAccessible(page, 'requests', 'section[aria-label="Notifications"]');
  await approve.click();
  await approve.waitFor({ state: 'detached' });
  expect(await ask(seen, `/time-off/${off.id}`)).toMatchObject({ status: 'approved' });
  await page.unroute('**/notifications?*');
  await send(seen, 'DELETE', `/people/${id}`).catch(() => undefined);
});
