/** What axe does not see: focus, small windows, titles, scrollbars, popovers that move with their rows. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  add,
  ask,
  box,
  context,
  expectAccessible,
  fresh,
  launch,
  overApi,
  signIn,
  type Seen,
} from './browser';

const NAME = fresh('Fred Frame ');
const PROJECT = fresh('Framed');
let browser: Browser;
let page: Page;
let seen: Seen;

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const { id: person_id } = await add(seen, '/people', { full_name: NAME });
  const { id: project_id } = await add(seen, '/projects', { name: PROJECT });
  await add(seen, '/assignments', {
    person_id,
    project_id,
    start: '2034-12-04',
    end: '2034-12-22',
    effort: { per: 'week', minutes: 600 },
  });
  page = await (await context(browser)).context.newPage();
  await signIn(page);
});
afterAll(() => browser?.close());

const open = async () => {
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2034-12-04&q=${encodeURIComponent(NAME.trim())}`,
  );
  const bar = page.getByRole('grid').getByRole('button', { name: new RegExp(`^${PROJECT}`) });
  await bar.waitFor();
  return bar;
};
/** The outline that somebody sees who is there by keys. */
const outline = () =>
  page.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement as Element);
    return `${outlineStyle} ${outlineWidth}`;
  });

it('shows the focus on every field of a form', async () => {
  const bar = await open();
  await bar.click();
  const editor = page.getByRole('dialog');
  await editor.getByLabel('Notes').waitFor();
  await editor.getByRole('combobox', { name: 'Project' }).focus();
  const rings = new Map<string, string>();
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    const name = await page.evaluate(() => {
      const now = document.activeElement as HTMLInputElement;
      const typed = now.matches('input:not([type=checkbox]), textarea, select');
      return typed && now.closest('[role=dialog]') ? now.outerHTML : null;
    });
    // The button in a date, which comes last, has the browser's own ring.
    if (name && !rings.has(name)) rings.set(name, await outline());
  }
  expect(rings.size).toBeGreaterThan(5);
  expect([...rings].filter(([, ring]) => ring !== 'solid 2px')).toEqual([]);
  await page.keyboard.press('Escape');
});

it('keeps the buttons of the popover in sight in a low window', async () => {
  await page.setViewportSize({ width: 720, height: 450 });
  const bar = await open();
  await bar.click();
  const editor = page.getByRole('dialog');
  for (const name of ['Save', 'Cancel', 'Delete']) {
    const place = await box(editor.getByRole('button', { name }));
    expect(place.y + place.height, name).toBeLessThanOrEqual(450);
    expect(place.y, name).toBeGreaterThanOrEqual(0);
  }
  // What does not fit can be reached.
  await editor.getByLabel('Notes').scrollIntoViewIfNeeded();
  await editor.getByLabel('Notes').fill('here');
  await editor.getByRole('button', { name: 'Cancel' }).click();
  await page.setViewportSize({ width: 1440, height: 900 });
});

it('moves the popover with its booking', async () => {
  const bar = await open();
  const grid = page.getByRole('grid');
  const place = await box(bar);
  const beside = place.x + place.width + 100;
  await page.mouse.move(beside, place.y + 10);
  await page.mouse.down();
  await page.mouse.move(beside + 60, place.y + 10, { steps: 4 });
  await page.mouse.up();
  const editor = page.getByRole('dialog');
  await editor.getByRole('combobox', { name: 'Project' }).waitFor();
  const before = await box(editor);
  await grid.evaluate((element) => element.scrollBy(100, 0));
  await expect.poll(async () => (await box(bar)).x).toBeLessThan(place.x);
  await expect.poll(async () => (await box(editor)).x).toBe(before.x - 100);
  await page.keyboard.press('Escape');
});

it('is not a pixel larger than the window', async () => {
  await open();
  const size = () =>
    page.evaluate(() => {
      const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.documentElement;
      return [scrollHeight - clientHeight, scrollWidth - clientWidth];
    });
  expect(await size()).toEqual([0, 0]);
});

it('names its pages', async () => {
  await open();
  const at = async (path: string, title: RegExp) => {
    await page.goto(`/w/${seen.tenant.slug}${path}`);
    await expect.poll(() => page.title()).toMatch(title);
  };
  expect(await page.title()).toBe(`Schedule · ${seen.tenant.name} · Raally`);
  await at('/dashboard', /^Dashboard · /);
  await at('/people', /^People · /);
  await page.getByRole('table').getByRole('link').first().click();
  // The list's own heading is there until the person's page is.
  await page.waitForURL('**/people/*');
  const heading = page.getByRole('heading', { level: 1 });
  await expect
    .poll(async () => (await page.title()).includes((await heading.textContent())?.trim() || '?'))
    .toBe(true);
  await page.goto('/workspaces');
  await expect.poll(() => page.title()).toBe('Choose a workspace · Raally');
});

it('draws a drag over no name, and labels what is in sight of it', async () => {
  await page.goto(
    `/w/${seen.tenant.slug}/schedule?date=2034-12-11&q=${encodeURIComponent(NAME.trim())}`,
  );
  const grid = page.getByRole('grid');
  const bar = grid.getByRole('button', { name: new RegExp(`^${PROJECT}`) });
  await bar.waitFor();
  const frame = await box(grid);
  const y = (await box(bar)).y + 10;
  await page.mouse.move(frame.x + 264 + 60, y);
  await page.mouse.down();
  await page.mouse.move(frame.x + 264 + 90, y, { steps: 4 });
  await page.mouse.move(frame.x + 264 + 100, y, { steps: 4 });
  const ghost = grid.locator('div[data-colour] > span', { hasText: PROJECT });
  await ghost.waitFor();
  const label = await box(ghost);
  expect(label.x).toBeGreaterThanOrEqual(frame.x + 264);
  await page.keyboard.press('Escape');
  await page.mouse.up();
});

it('can be hit and read on a phone', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`/w/${seen.tenant.slug}/dashboard?from=2022-07-01&to=2022-09-30`);
  await page.getByRole('heading', { name: 'Capacity and bookings by week' }).waitFor();
  await expectAccessible(page, 'the dashboard on a phone');
  await page.setViewportSize({ width: 1440, height: 900 });
});

it('ranks roles by the time they have, and not by the alphabet', async () => {
  interface Answer {
    by_role: { job_title: string | null; idle_minutes: number }[];
  }
  const period = 'from=2022-09-12&to=2022-10-09';
  const { by_role } = await ask<Answer>(seen, `/dashboard?${period}`);
  const ranked = [...by_role].sort((a, b) => b.idle_minutes - a.idle_minutes).slice(0, 8);
  await page.goto(`/w/${seen.tenant.slug}/dashboard?${period}`);
  const panel = page.locator('section', { hasText: 'Free time by role' }).last();
  await panel.getByRole('link').first().waitFor();
  const shown = await panel.getByRole('link').allTextContents();
  expect(shown).toEqual(ranked.map(({ job_title }) => job_title ?? 'No job title'));
});

it('asks for the people of a project a page at a time', async () => {
  const { id: project_id } = await add(seen, '/projects', { name: fresh('Paged ') });
  const { id: person_id } = await add(seen, '/people', { full_name: fresh('Pia Paged ') });
  const effort = { per: 'week', minutes: 60 };
  for (let i = 0; i < 51; i++)
    await add(seen, '/assignments', {
      person_id,
      project_id,
      start: '2035-01-01',
      end: '2035-01-05',
      effort,
    });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/w/${seen.tenant.slug}/projects/${project_id}`);
  const rows = page.getByRole('table').getByRole('row');
  await expect.poll(() => rows.count()).toBe(51);
  await rows.nth(1).getByText('Pia Paged').waitFor();
  expect(asked.filter((path) => path.endsWith('/people'))).toEqual([]);
  await page.getByRole('button', { name: 'Load more' }).click();
  await expect.poll(() => rows.count()).toBe(52);
});
