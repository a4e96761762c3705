// What every file of tests against the misbehaving server needs: one browser, a fresh server for each test,
// pages that are closed behind it and have seen nothing that must never happen.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chooseVariant, launchBrowser, openPage } from './browser.mjs';
import { startFakeServer } from './fake_server.mjs';

export { kPhone } from './browser.mjs';

export const button = (page, name) => page.getByRole('button', { name, exact: true });

/** Registers the hooks; `session.server` and `session.browser` are those of the test under way. */
export function useFakeServer() {
  const session = { browser: undefined, server: undefined };
  let pages = [];
  before(async () => {
    session.browser = await launchBrowser();
  });
  after(async () => {
    await session.browser?.close();
  });
  beforeEach(async (test) => {
    chooseVariant(test);
    session.server = await startFakeServer();
  });
  afterEach(async () => {
    const faults = pages.flatMap((page) => page.faults);
    for (const page of pages) await page.context().close();
    pages = [];
    await session.server.close();
    assert.deepEqual(faults, []);
  });
  session.open = async (options = {}) => {
    const page = await openPage(session.browser, session.server.url, options);
    pages.push(page);
    return page;
  };
  /** Closes a page that was opened in another way, and looks at its faults. */
  session.watch = (page) => pages.push(page);
  session.asked = (act = 'runs') =>
    session.server.requests.filter((request) => request.act === act).map((request) => request.body);
  return session;
}
