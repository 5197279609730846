import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  BASE,
  context,
  expectAccessible,
  fresh,
  launch,
  mailed,
  overApi,
  type Seen,
} from './browser';

/** Somebody of the workspace, whose browser is the second one. */
const NAME = fresh('Rui Sino');
const EMAIL = `${NAME.replace(/\s/g, '.').toLowerCase()}@example.com`;
const PASSWORD = 'correct horse battery';

let browser: Browser;
let page: Page;
let seen: Seen;
let complaints: string[];

async function send<T>(method: string, path: string, body: unknown, token?: string): Promise<T> {
  const headers = {
    'Content-Type': 'application/json',
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  const answer = await fetch(`${BASE}/api/v1${path}`, {
    method,
    headers,
    body: JSON.stringify(body),
  });
  expect(answer.status, path).toBeLessThan(300);
  return (await answer.json()) as T;
}
const plan = <T>(path: string, body: unknown) =>
  send<T>('POST', `/tenants/${seen.tenant.slug}${path}`, body, seen.token);

beforeAll(async () => {
  browser = await launch();
  seen = await overApi();
  const made = await context(browser);
  complaints = made.complaints;
  page = await made.context.newPage();
});
afterAll(() => browser?.close());

it('rings in the browser of whom somebody else plans, within a second or two, and can be read', async () => {
  const signUp = await send<{ user: { id: string }; access_token: string }>(
    'POST',
    '/auth/sign-up',
    {
      email: EMAIL,
      password: PASSWORD,
      full_name: NAME,
    },
  );
  await plan('/invitations', { email: EMAIL, role: 'member' });
  const token = (await mailed(EMAIL, 'invitations')).split('/').at(-1);
  await send('POST', `/auth/invitations/${token}/accept`, {}, signUp.access_token);
  const person = await plan<{ id: string }>('/people', {
    full_name: NAME,
    user_id: signUp.user.id,
  });
  const project = await plan<{ id: string }>('/projects', { name: fresh('Bell ') });

  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  // The stream is open once the server has said something.
  await page.waitForTimeout(1_000);

  const effort = { per: 'day', minutes: 60 };
  const work = {
    person_id: person.id,
    project_id: project.id,
    start: '2031-03-03',
    end: '2031-03-07',
    effort,
  };
  await plan('/assignments', work);
  const bell = page.getByRole('button', { name: 'Notifications, 1 unread' });
  await bell.waitFor({ timeout: 20_000 });

  await bell.focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('region', { name: 'Notifications' });
  await panel.getByText('You have a new assignment').waitFor();
  await expectAccessible(page, 'the bell', 'section[aria-label="Notifications"]');
  await page.screenshot({
    path: process.env.RAALLY_SHOTS ? `${process.env.RAALLY_SHOTS}/bell.png` : undefined,
  });
  await page.keyboard.press('Escape');
  await expect.poll(() => panel.count()).toBe(0);

  await page.keyboard.press('Enter');
  await panel.getByRole('link').first().click();
  await page.waitForURL(/schedule\?.*date=2031-03-03/);
  await page.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
});

it('is told as its reader wants it', async () => {
  await page.getByRole('button', { name: 'Notifications', exact: true }).click();
  const panel = page.getByRole('region', { name: 'Notifications' });
  await panel.getByRole('button', { name: 'Notification settings' }).click();
  const box = panel.getByRole('checkbox', { name: 'Changes to my plan: In the app' });
  const kept = page.waitForResponse(
    (r) => r.request().method() === 'PATCH' && r.url().endsWith('/notifications/settings'),
  );
  await box.click();
  await expect.poll(() => box.isChecked()).toBe(false);
  await kept;
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectAccessible(page, 'the settings, dark', 'section[aria-label="Notifications"]');
  await page.screenshot({
    path: process.env.RAALLY_SHOTS ? `${process.env.RAALLY_SHOTS}/bell-dark.png` : undefined,
  });
  await page.reload();
  await page.getByRole('button', { name: 'Notifications', exact: true }).click();
  await panel.getByRole('button', { name: 'Notification settings' }).click();
  expect(await box.isChecked()).toBe(false);
  expect(complaints).toEqual([]);
});
