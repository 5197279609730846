/** Nothing that was typed is lost, and no screen is taken away, whatever the server does. */
import type { Browser, Locator, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  add,
  ask,
  BASE,
  context,
  expectAccessible,
  fresh,
  launch,
  overApi,
  PASSWORD,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Lotte Keep ');
const PROJECT = fresh('Kept');
const NOTE = 'Ask Bo about the keys';

let browser: Browser;
let page: Page;
let seen: Seen;
let booking: { id: string; version: number };
let bar: Locator;
const editor = () => page.getByRole('dialog');
const note = () => editor().getByLabel('Notes');
const stored = () => ask<Record<string, unknown>>(seen, `/assignments/${booking.id}`);

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const person = await add(seen, '/people', { full_name: NAME });
  const project = await add(seen, '/projects', { name: PROJECT });
  booking = await add(seen, '/assignments', {
    person_id: person.id,
    project_id: project.id,
    start: '2034-03-06',
    end: '2034-03-24',
    effort: { per: 'week', minutes: 600 },
  });
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const open = async () => {
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2034-03-06&q=${encodeURIComponent(NAME.trim())}`,
  );
  bar = page.getByRole('grid').getByRole('button', { name: new RegExp(`^${PROJECT}`) });
  await bar.waitFor();
};
beforeEach(open);

/** Stands between a change of the booking and the server, until what it answers is called. */
const onChange = async (stand: (route: Route) => Promise<void>) => {
  const at = '**/assignments/*';
  const handler = (route: Route) =>
    route.request().method() === 'PATCH' ? stand(route) : route.fallback();
  await page.route(at, handler);
  return () => page.unroute(at, handler);
};

const typeNote = async () => {
  await bar.click();
  await note().fill(NOTE);
};

it('waits for the code of a screen, and leaves the one before it where it is', async () => {
  await page.route('**/assets/Dashboard*', (route) => route.abort());
  await page.getByRole('link', { name: 'Dashboard' }).click();
  await page.getByText('The server does not answer. This opens as soon as it does.').waitFor();
  await page.getByRole('link', { name: 'People', exact: true }).waitFor();
  expect(await bar.isVisible()).toBe(true);
  await page.unroute('**/assets/Dashboard*');
  await page.getByRole('heading', { name: /^Dashboard/ }).waitFor({ timeout: 20_000 });
});

it('offers the new version where the code has been replaced, and loses no form over it', async () => {
  const parts = /\/assets\/(ClientList|ResourceList|ClientPage)/;
  await page.route(parts, (route) => route.fulfill({ status: 404 }));
  const index = (url: URL) => url.pathname === '/';
  await page.route(index, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<script src="/assets/newer.js"></script>' }),
  );
  await page.getByRole('link', { name: 'Clients' }).click();
  await page.getByText('A new version of Raally is there.').waitFor();
  await typeNote();
  await page.unroute(parts);
  await page.unroute(index);
  // Whoever reloads with something typed is asked, and may stay.
  const asked = new Promise<string>((resolve) =>
    page.once('dialog', (dialog) => {
      resolve(dialog.type());
      void dialog.dismiss();
    }),
  );
  void page.reload().catch(() => undefined);
  expect(await asked).toBe('beforeunload');
  expect(await note().inputValue()).toBe(NOTE);
  await editor().getByRole('button', { name: 'Cancel' }).click();
});

it('keeps the popover with what was typed where the server does not answer', async () => {
  const away = await onChange((route) => route.abort());
  await typeNote();
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().getByText('The server does not answer. Nothing you typed is lost.').waitFor();
  expect(await note().inputValue()).toBe(NOTE);
  await expectAccessible(page, 'a refused booking', '[role=dialog]');
  await away();
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().waitFor({ state: 'detached' });
  expect(await stored()).toMatchObject({ notes: NOTE });
});

it('keeps it where somebody else was faster, says who, and takes nothing of theirs back', async () => {
  await bar.click();
  await editor().getByLabel('Location').fill('Lisbon');
  // Somebody else's change comes between the press and the server.
  const theirs = async () => {
    const { version } = (await stored()) as { version: number };
    const answer = await fetch(
      `${BASE}/api/v1/tenants/${seen.tenant.slug}/assignments/${booking.id}`,
      {
        method: 'PATCH',
        headers: {
          'Content-Type': 'application/json',
          'If-Match': `"${version}"`,
          Authorization: `Bearer ${seen.token}`,
        },
        body: JSON.stringify({ end: '2034-03-31' }),
      },
    );
    expect(answer.status).toBe(200);
  };
  const over = await onChange((route) => theirs().then(() => route.continue()));
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor()
    .getByText(/Somebody changed this meanwhile.*Changed last by .*: To/)
    .waitFor();
  await over();
  expect(await editor().getByLabel('Location').inputValue()).toBe('Lisbon');
  // What was not typed has followed the booking.
  expect(await editor().getByLabel('To', { exact: true }).inputValue()).toBe('31/03/2034');
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().waitFor({ state: 'detached' });
  expect(await stored()).toMatchObject({ end: '2034-03-31', location: 'Lisbon' });
});

it('shows a refusal at its field', async () => {
  await bar.click();
  await editor().getByLabel('Effort').fill('40h total');
  await editor().getByLabel('To', { exact: true }).fill('');
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().getByText('Work given as a total needs an end.').waitFor();
  expect(await editor().getByLabel('Effort').inputValue()).toBe('40h total');
  await editor().getByRole('button', { name: 'Cancel' }).click();
});

it('asks at a press beside, and does nothing else by it', async () => {
  await bar.click();
  await note().fill('Not yet');
  const place = await page.getByRole('grid').boundingBox();
  await page.mouse.click((place?.x ?? 0) + 900, (place?.y ?? 0) + 500);
  await page.getByRole('link', { name: 'People', exact: true }).click();
  await editor().getByRole('button', { name: 'Go on editing' }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/schedule$/);
  await expectAccessible(page, 'the question', '[role=dialog]');
  await editor().getByRole('button', { name: 'Go on editing' }).click();
  expect(await note().inputValue()).toBe('Not yet');
  await page.mouse.click((place?.x ?? 0) + 900, (place?.y ?? 0) + 500);
  await editor().getByRole('button', { name: 'Discard' }).click();
  await editor().waitFor({ state: 'detached' });
  // Where nothing was typed, a press beside closes at once.
  await bar.click();
  await note().waitFor();
  await page.mouse.click((place?.x ?? 0) + 900, (place?.y ?? 0) + 500);
  await editor().waitFor({ state: 'detached' });
});

it('waits for the answer to what is being saved, and keeps it where that is a refusal', async () => {
  let answer = () => undefined as void;
  const asked = new Promise<void>((resolve) => (answer = resolve));
  const over = await onChange((route) => asked.then(() => route.abort()));
  await bar.click();
  await note().fill('On its way');
  await editor().getByRole('button', { name: 'Save' }).click();
  const place = await page.getByRole('grid').boundingBox();
  await page.mouse.click((place?.x ?? 0) + 900, (place?.y ?? 0) + 500);
  answer();
  await editor().getByText('The server does not answer. Nothing you typed is lost.').waitFor();
  expect(await note().inputValue()).toBe('On its way');
  await over();
  await editor().getByRole('button', { name: 'Cancel' }).click();
});

it('asks before Escape closes a dialog in which something was typed', async () => {
  await page.goto(`/w/${seen.tenant.slug}/people`);
  await page.getByRole('button', { name: 'Add person' }).click();
  await editor().getByLabel('Name').fill('Nobody Yet');
  await page.keyboard.press('Escape');
  await editor().getByRole('button', { name: 'Go on editing' }).click();
  expect(await editor().getByLabel('Name').inputValue()).toBe('Nobody Yet');
  await page.keyboard.press('Escape');
  await editor().getByRole('button', { name: 'Discard' }).click();
  await editor().waitFor({ state: 'detached' });
});

it('says over the schedule that the server does not answer, and comes back by itself', async () => {
  let asked = 0;
  await page.route('**/schedule?*', (route) => {
    asked += 1;
    return route.abort();
  });
  await page.getByRole('button', { name: 'Later', exact: true }).click();
  await page.getByRole('button', { name: 'Later', exact: true }).click();
  const notice = page.getByRole('alert');
  await notice.getByRole('button', { name: 'Try again' }).waitFor();
  // It lies over the names, not behind them.
  const on = await notice.getByRole('button').evaluate((button) => {
    const { x, y, width, height } = button.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2)?.closest('button') === button;
  });
  expect(on).toBe(true);
  const before = asked;
  await notice.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => asked).toBeGreaterThan(before);
  await page.unroute('**/schedule?*');
  await notice.waitFor({ state: 'detached' });
});

it('keeps the popover under the question of an ended session', async () => {
  await bar.click();
  await editor().getByLabel('Role').fill('Guide');
  await page.context().clearCookies();
  const refusing = await onChange((route) => route.fulfill({ status: 401, json: {} }));
  await editor().getByRole('button', { name: 'Save' }).click();
  const ended = page.getByRole('dialog', { name: /^Your session ended/ });
  await ended.getByLabel('Password').waitFor();
  await refusing();
  await ended.getByLabel('Password').click();
  await ended.getByLabel('Password').fill(PASSWORD);
  await ended.getByRole('button', { name: 'Sign in' }).click();
  await ended.waitFor({ state: 'detached' });
  expect(await editor().getByLabel('Role').inputValue()).toBe('Guide');
  await editor().getByRole('button', { name: 'Save' }).click();
  await editor().waitFor({ state: 'detached' });
  expect(await stored()).toMatchObject({ role: 'Guide' });
});
