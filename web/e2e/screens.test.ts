import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const NOW = '2022-09-12';

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  let browser: Browser;
  let page: Page;
  let seen: Seen;
  let complaints: string[];

  beforeAll(async () => {
    browser = await launch();
    seen = await overApi();
    const made = await context(browser, {
      colorScheme,
      reducedMotion: 'reduce',
      viewport: { width: 1200, height: 640 },
    });
    complaints = made.complaints;
    page = await made.context.newPage();
  });
  afterAll(() => browser?.close());

  const at = (path: string) => page.goto(`/w/${seen.tenant.slug}${path}`);

  it('sign up', async () => {
    await page.goto('/sign-up');
    await page.getByLabel('E-mail').fill('not an address');
    await page.getByLabel('Password').fill('x');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('This does not look like an e-mail address.').waitFor();
    await expectAccessible(page, 'sign up');
  });

  it('sign in', async () => {
    await page.goto('/sign-in');
    await page.getByRole('heading', { name: 'Sign in to Raally' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.mantineColorScheme)).toBe(
      colorScheme,
    );
    await expectAccessible(page, 'sign in');
    await signIn(page);
  });

  it('workspaces', async () => {
    await page.goto('/workspaces');
    await page.getByRole('link', { name: seen.tenant.name }).waitFor();
    await expectAccessible(page, 'workspaces');
  });

  it('dashboard', async () => {
    await at(`/dashboard?from=${NOW}&to=2022-10-09`);
    await page.getByRole('heading', { name: 'Capacity and bookings by week' }).waitFor();
    await expectAccessible(page, 'dashboard');
  });

  // The colours differ by theme, the other views by their structure: those are looked at once.
  const structures = [
    ['day by day', '&zoom=96'],
    ['year', '&zoom=4'],
    ['compact, by role', '&density=compact&group=role'],
  ] as const;
  it.each([['quarter', ''] as const, ...(colorScheme === 'light' ? structures : [])])(
    'schedule, %s',
    async (_, search) => {
      await page.goto('about:blank');
      await openSchedule(page, seen, `${NOW}${search}`);
      await expectAccessible(page, 'schedule');
      expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThan(3000);
    },
  );

  it('schedule with its popover and its keys', async () => {
    const grid = await openSchedule(page, seen, NOW);
    await grid.focus();
    await page.keyboard.press('n');
    await page.getByRole('dialog').getByRole('combobox', { name: 'Project' }).waitFor();
    await expectAccessible(page, 'popover', '[role=dialog]');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await grid.focus();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page, 'keys', '[role=dialog]');
  });

  it('schedule with what filters it', async () => {
    await openSchedule(page, seen, `${NOW}&group=team&overbooked=true`);
    await page.getByRole('button', { name: 'Filter (1)' }).click();
    await page.getByRole('combobox', { name: 'Skill' }).waitFor();
    await expectAccessible(page, 'schedule with its filters');
  });

  it('schedule with what is to be staffed', async () => {
    const { id } = await add(seen, '/placeholders', { title: fresh('Looked for ') });
    const grid = await openSchedule(page, seen, NOW);
    await grid.getByRole('rowheader', { name: /^To staff/ }).waitFor();
    await expectAccessible(page, 'schedule with placeholders');
    await page.locator('[data-placeholder]').getByRole('button').first().click();
    await page.getByRole('dialog').getByLabel('Job title').waitFor();
    await expectAccessible(page, 'placeholder form', 'dialog');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await send(seen, 'DELETE', `/placeholders/${id}`);
  });

  it('people, a person and their forms', async () => {
    await at('/people');
    await page.getByRole('table').waitFor();
    await expectAccessible(page, 'people');
    const { items } = await ask<{ items: { id: string; full_name: string }[] }>(
      seen,
      '/people?limit=1',
    );
    await at(`/people/${items[0]?.id}`);
    await page.getByRole('heading', { name: 'History' }).waitFor();
    await page.getByRole('region', { name: 'Weeks' }).getByRole('row').nth(1).waitFor();
    await expectAccessible(page, 'person');
    await page.getByRole('button', { name: 'Add job title' }).click();
    await page.getByRole('dialog').waitFor();
    await expectAccessible(page, 'job title form', 'dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Name').waitFor();
    await expectAccessible(page, 'person form', 'dialog');
  });

  it('my week', async () => {
    await at('/week');
    // Whether the account is somebody in the plan is not this test's to say.
    const mine = page.getByRole('heading', { name: 'My time off' });
    await mine.or(page.getByText(/^Your account is not linked/)).waitFor();
    await expectAccessible(page, 'my week');
  });

  it('projects, a project and its form', async () => {
    await at('/projects');
    await page.getByRole('table').waitFor();
    await expectAccessible(page, 'projects');
    const { items } = await ask<{ items: { id: string }[] }>(seen, '/projects?limit=1');
    await at(`/projects/${items[0]?.id}`);
    await page.getByRole('heading', { name: 'Milestones' }).waitFor();
    await expectAccessible(page, 'project');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Name').waitFor();
    await expectAccessible(page, 'project form', 'dialog');
  });

  it('clients, a client and its form', async () => {
    const name = fresh('Lighthouse ');
    const dialog = page.getByRole('dialog');
    await at('/clients');
    await page.getByRole('button', { name: 'Add client' }).click();
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name }).waitFor();
    await page.getByText('No projects for this client yet.').waitFor();
    await expectAccessible(page, 'client');
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await dialog.getByLabel('Archived').check();
    await expectAccessible(page, 'client form', 'dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    // An archived client is in the list only where it is asked for.
    await at(`/clients?q=${encodeURIComponent(name)}`);
    await page.getByText(`No client matches “${name}”.`).waitFor();
    await page.getByLabel('Include archived').check();
    await page.getByRole('link', { name }).waitFor();
    await expectAccessible(page, 'clients');
  });

  it('settings, members and their forms', async () => {
    const dialog = page.getByRole('dialog');
    await at('/settings');
    await page.getByRole('heading', { name: 'Default week' }).waitFor();
    await expectAccessible(page, 'settings');
    await page.getByRole('button', { name: /^Edit: Default week/ }).click();
    await dialog.getByLabel('Mon').waitFor();
    await expectAccessible(page, 'default week form', 'dialog');
    await page.keyboard.press('Escape');
    await at('/settings/members');
    await page.getByRole('table').waitFor();
    await expectAccessible(page, 'members');
    await page
      .getByRole('button', { name: /^Edit: / })
      .first()
      .click();
    await dialog.getByRole('combobox', { name: 'Person in the plan' }).waitFor();
    await expectAccessible(page, 'member form', 'dialog');
    await page.keyboard.press('Escape');
    await page
      .getByRole('button', { name: /^Remove: / })
      .first()
      .click();
    await dialog.waitFor();
    await expectAccessible(page, 'removing a member', 'dialog');
    await at('/settings/closing');
    await page.getByRole('button', { name: 'Close this workspace' }).click();
    await dialog.waitFor();
    await expectAccessible(page, 'closing the workspace');
  });

  it('holidays, a calendar and its forms', async () => {
    const name = fresh('Atlantis ');
    const { id } = await add(seen, '/holiday-calendars', {
      name,
      holidays: [
        { date: '2030-01-01', name: 'New Year' },
        { date: '2031-02-21', name: 'Bridge', works_as: 'monday' },
      ],
    });
    const dialog = page.getByRole('dialog');
    await at('/settings/holidays');
    await page.getByRole('link', { name }).waitFor();
    await expectAccessible(page, 'holidays');
    await at(`/settings/holidays/${id}?year=2031`);
    await page.getByText('Worked like a Monday').waitFor();
    await expectAccessible(page, 'holiday calendar');
    await page.getByRole('button', { name: /^Edit: Bridge/ }).click();
    await dialog.getByLabel('Worked like a').waitFor();
    await expectAccessible(page, 'day form', 'dialog');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Copy days of 2030' }).click();
    await dialog.getByLabel(/^New Year/).waitFor();
    await expectAccessible(page, 'days to copy', 'dialog');
  });

  it('activity', async () => {
    const names = [fresh('Pilot '), fresh('Buoy ')];
    const commands = names.map((name) => ({
      op: 'create',
      resource: 'clients',
      id: crypto.randomUUID(),
      body: { name },
    }));
    await send(seen, 'POST', '/commands', { commands });
    await at('/activity');
    await page
      .getByRole('button', { name: /^Show \d+ changes$/ })
      .first()
      .click();
    await page.getByRole('link', { name: names[0] }).waitFor();
    await expectAccessible(page, 'activity');
    // It asks what things are called today, those of them that are gone too.
    const heard = complaints.filter((text) => !text.includes('status of 404'));
    complaints.splice(0, complaints.length, ...heard);
  });

  it('heard no complaint from the browser', () => expect(complaints).toEqual([]));
});
