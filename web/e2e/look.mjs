// look.mjs URL TEXT [CLICK]: opens the page in the system's Chromium, clicks on CLICK if it is given, and waits until
// it shows TEXT.
import { chromium } from 'playwright-core';

const [url, text, click] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  await page.goto(url, { timeout: 30_000 });
  if (click) await page.getByText(click).first().click({ timeout: 15_000 });
  await page.getByText(text).first().waitFor({ timeout: 15_000 });
  console.log(`${url} shows "${text}"`);
} catch (error) {
  console.log(`${url} does not show "${text}": ${error.message.split('\n')[0]}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
