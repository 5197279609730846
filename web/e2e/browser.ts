/** A real Chromium against a real server: RAALLY_URL says where, RAALLY_EMAIL and RAALLY_PASSWORD who. */
import { readdirSync, readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { PATIENCE_MS } from './patience';
import { signInOverApi, BASE, EMAIL, PASSWORD, type Seen } from './account';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect, inject } from 'vitest';

export { BASE, EMAIL, PASSWORD, type Seen };
const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';

export function launch(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: EXECUTABLE, args: root ? ['--no-sandbox'] : [] });
}

/** Pages of this context report what the browser complains about; a complaint fails the test that asks. */
export async function context(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ context: BrowserContext; complaints: string[] }> {
  const made = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    baseURL: BASE,
    ...options,
  });
  made.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  made.on('weberror', (e) => complaints.push(e.error().message));
  made.on('console', (m) => {
    if (m.type() === 'error' && !m.text().includes('status of 401')) complaints.push(m.text());
  });
  return { context: made, complaints };
}

/** A browser whose pages each have a context of their own, for walks of several people: what it complains about on any of them is kept. */
export function pages(common: BrowserContextOptions = {}) {
  let browser: Promise<Browser> | undefined;
  const heard: string[][] = [];
  return {
    open: async (own: BrowserContextOptions = {}): Promise<Page> => {
      browser ??= launch();
      const made = await context(await browser, { ...common, ...own });
      heard.push(made.complaints);
      return made.context.newPage();
    },
    complaints: () => heard.flat(),
    close: async () => (await browser)?.close(),
  };
}

export async function signIn(page: Page): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
}

const MAIL = process.env.RAALLY_MAIL;

/** The texts of all mails so far. */
function mails(): string[] {
  if (!MAIL)
    throw new Error('RAALLY_MAIL does not say where mail is kept: run scripts/browser-test');
  const files = readdirSync(MAIL).filter((file) => file.endsWith('.eml'));
  return files.map((file) => readFileSync(`${MAIL}/${file}`, 'utf8').replace(/=\r\n/g, ''));
}

/** The paths of all links in mails so far. */
export function links(): string[] {
  const found = mails().flatMap((text) =>
    [...text.matchAll(/https?:\/\/[^/\s]+(\/\S*)/g)].map(([, path]) => path ?? ''),
  );
  return [...new Set(found)];
}

/** The path of the only link to a page of that kind that was mailed to an address. */
export async function mailed(
  to: string,
  page: 'invitations' | 'verify' | 'reset',
): Promise<string> {
  const link = new RegExp(`(/${page}/[\\w-]+)`);
  const find = () => {
    const mine = mails().filter((text) => text.includes(`To: ${to}`));
    return mine.flatMap((text) => link.exec(text)?.[1] ?? []);
  };
  // Also before the first test, where `expect.poll` may not be.
  const until = Date.now() + PATIENCE_MS;
  while (find().length === 0 && Date.now() < until) await new Promise((r) => setTimeout(r, 100));
  const [path, ...more] = find();
  if (!path || more.length > 0)
    throw new Error(`${to} was mailed ${more.length + 1} links to ${page}`);
  return path;
}

/** The same sign-in over the API, to know what the screens should show. */
export async function overApi(): Promise<Seen> {
  const body = await signInOverApi();
  const slugs = body.tenants.map((one) => one.slug);
  expect(slugs, `${EMAIL} has kept the workspaces it had before all walks`).toEqual(
    inject('workspaces'),
  );
  const [tenant] = body.tenants;
  if (!tenant) throw new Error(`${EMAIL} is in no workspace`);
  return { token: body.access_token, tenant };
}

export async function ask<T>(seen: Seen, path: string): Promise<T> {
  const answer = await fetch(`${BASE}/api/v1/tenants/${seen.tenant.slug}${path}`, {
    headers: { Authorization: `Bearer ${seen.token}` },
  });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

/** Writes over the API, as somebody else's browser would. */
export async function send<T>(
  seen: Seen,
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(`${BASE}/api/v1/tenants/${seen.tenant.slug}${path}`, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${seen.token}` },
    body: JSON.stringify(body),
  });
  expect(answer.status, `${method} ${path}`).toBeLessThan(300);
  return (await answer.json().catch(() => null)) as T;
}
export const add = (seen: Seen, path: string, body: unknown) =>
  send<{ id: string; version: number }>(seen, 'POST', path, body);

/** Somebody new who has accepted an invitation, and is signed in on the page. */
export async function joined(
  seen: Seen,
  page: Page,
  role: string,
): Promise<{ email: string; name: string }> {
  const email = `${fresh(role)}@example.com`.toLowerCase();
  const name = fresh('Joined ');
  const password = 'correct horse battery';
  const post = (path: string, body: unknown, token?: string) =>
    fetch(`${BASE}/api/v1${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  const signUp = await post('/auth/sign-up', { email, password, full_name: name });
  const { access_token: token } = (await signUp.json()) as { access_token: string };
  await send(seen, 'POST', '/invitations', { email, role });
  const invitation = (await mailed(email, 'invitations')).split('/').at(-1);
  expect((await post(`/auth/invitations/${invitation}/accept`, {}, token)).status).toBe(200);
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
  return { email, name };
}

export async function openSchedule(page: Page, seen: Seen, date: string): Promise<Locator> {
  await page.goto(`/w/${seen.tenant.slug}/schedule?date=${date}`);
  const grid = page.getByRole('grid');
  // Figures are there, so the rows are the server's.
  await grid.locator('[data-load]:not([data-load="unknown"])').first().waitFor();
  return grid;
}

/** The first row in sight without a booking, with its person's id. */
export async function emptyRow(grid: Locator): Promise<{ row: Locator; person: string }> {
  const person = await grid
    .locator('[data-person]:not(:has(button))')
    .first()
    .getAttribute('data-person');
  if (!person) throw new Error('every row in sight is booked');
  return { row: grid.locator(`[data-person="${person}"]`), person };
}

export async function box(locator: Locator) {
  const found = await locator.boundingBox();
  if (!found) throw new Error('not in sight');
  return found;
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A name that no earlier run has used. */
export const fresh = (name: string) => `${name}${crypto.randomUUID().slice(0, 6)}`;

/** No finding of axe, level A and AA of WCAG 2.2, and its good practices. */
export async function expectAccessible(page: Page, what: string, part = 'html'): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include(part)
    .withTags(TAGS)
    .options({ resultTypes: ['violations'] })
    .analyze();
  const found = violations.map(
    (v) =>
      `${v.id}: ${v.nodes
        .map((n) => `${n.target.join(' ')} ${n.any.map((a) => a.message).join('; ')}`)
        .slice(0, 3)
        .join(' | ')}`,
  );
  expect(found, what).toEqual([]);
}
