// Chromium for the end-to-end tests: the machine's own, headless. Every page watches for what must never
// happen: a request to a foreign host, a script error, something the Content-Security-Policy refused.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(fileURLToPath(new URL('../../web/package.json', import.meta.url)));
const { chromium } = require('playwright-core');

const kFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser() {
  const executablePath = process.env.SAMOVAR_CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: kFlags });
}

export const kPhone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** How the page is looked at. SAMOVAR_E2E_VARIANT names one for all tests; else each test has one of them, always the same. */
export const kVariants = {
  'desktop-light': { colorScheme: 'light' },
  'phone-dark': { ...kPhone, colorScheme: 'dark' },
  'desktop-dark': { colorScheme: 'dark' },
  'phone-light': { ...kPhone, viewport: { width: 320, height: 640 }, colorScheme: 'light' },
};
const kNames = Object.keys(kVariants);
let variant = kVariants['desktop-light'];

/** Before each test, which hands its context over. */
export function chooseVariant(test) {
  const named = process.env.SAMOVAR_E2E_VARIANT ?? '';
  if (named !== '' && !(named in kVariants)) throw new Error(`SAMOVAR_E2E_VARIANT: '${named}' is none of ${kNames.join(', ')}`);
  const sum = [...test.name].reduce((total, letter) => total + letter.codePointAt(0), 0);
  variant = kVariants[named === '' ? kNames[sum % kNames.length] : named];
}

/** For what only a keyboard and a wide window have: `openPage(..., kDesktop)`. The theme stays that of the variant. */
export const kDesktop = { viewport: { width: 1280, height: 860 }, hasTouch: false, isMobile: false };

/** A fresh browser profile on `url`. `page.faults` collects what must stay empty. */
export async function openPage(browser, url, { ready, ...options } = {}) {
  const context = await browser.newContext({ ...kDesktop, locale: 'en-GB', ...variant, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.SAMOVAR_E2E_PATIENCE ?? options.patience ?? 30_000));
  page.isPhone = options.isMobile ?? variant.isMobile ?? false;
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`script error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text())) page.faults.push(message.text());
  });
  page.on('request', (request) => {
    const address = new URL(request.url());
    const ours = address.origin === new URL(url).origin || address.protocol === 'blob:' || options.mayAsk?.includes(address.host);
    if (!ours) page.faults.push(`foreign request: ${request.url()}`);
  });
  await page.goto(url);
  await page.locator(ready ?? kPageReady).waitFor({ state: 'attached' });
  return page;
}

const kPageReady = '.page #message';

/** The page's own script has taken over from the field that index.html holds. */
export async function pageReady(page) {
  await page.locator(kPageReady).waitFor({ state: 'attached' });
}

export function messageField(page) {
  return page.locator('#message');
}

export async function send(page, text) {
  await messageField(page).fill(text);
  await submit(page);
}

/** Sends what is in the field; a phone has a button for that. */
export async function submit(page) {
  if (page.isPhone) await page.locator('form.box button[type=submit]').click();
  else await messageField(page).press('Enter');
}

/** Opens the list of conversations where it is not beside the page. */
export async function openList(page) {
  const opener = page.getByRole('button', { name: 'Open conversations', exact: true });
  if ((await opener.isVisible()) && (await opener.getAttribute('aria-expanded')) === 'false') await opener.click();
}

export function lastAnswer(page) {
  return page.locator('article').last();
}

/** The last answer once it has its figures. */
export async function finishedAnswer(page, count) {
  const answer = count === undefined ? lastAnswer(page) : page.locator('article').nth(count - 1);
  await answer.locator('[data-metric=seconds]').waitFor();
  return answer;
}

/** Repeats `check` until it does not throw. (Playwright's own waitForFunction needs eval, which the policy forbids.) */
export async function eventually(check, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
