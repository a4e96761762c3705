// How the page looks and fits: contrast in both themes, phones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { axeProblems } from './axe.mjs';
import { eventually, finishedAnswer, kDesktop, messageField, send } from './browser.mjs';
import { button, kPhone, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open } = session;

describe('axe-core', () => {
  for (const [name, options] of [
    ['on a desktop, light', { ...kDesktop, colorScheme: 'light' }],
    ['on a desktop, dark', { ...kDesktop, colorScheme: 'dark' }],
    ['on a phone, dark', { ...kPhone, colorScheme: 'dark' }],
    ['at 320 px, light', { ...kPhone, viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
    ['in Arabic, dark', { ...kDesktop, locale: 'ar', colorScheme: 'dark' }],
    ['in Arabic on a phone, light', { ...kPhone, locale: 'ar', colorScheme: 'light' }],
  ]) {
    it(`finds nothing serious ${name}`, async () => {
      session.server.store.fill('tea', 'About tea', ['Which tea?', 'Black tea with **lemon**.\n\n- [x] water\n- [ ] lemon\n\n> [!NOTE]\n> Hot.'], Date.now());
      const page = await open({ ...options });
      await page.goto(`${session.server.url}/#tea`);
      await page.getByText('lemon').first().waitFor();
      await messageField(page).fill('code');
      await page.locator('form.box button[type=submit]').click();
      await finishedAnswer(page, 2);
      assert.deepEqual(await axeProblems(page), []);
      await page.locator('.settings').click();
      assert.deepEqual(await axeProblems(page), []);
      await page.keyboard.press('Escape');
      await page.locator('.model-button').click();
      assert.deepEqual(await axeProblems(page), []);
    });
  }
});

describe('languages', () => {
  it('are all in the picker, and set lang and dir', async () => {
    const page = await open();
    await button(page, 'Settings').click();
    const picker = page.locator('#setting-language');
    await picker.waitFor();
    const options = await picker.locator('option').evaluateAll((list) => list.map((option) => option.value));
    assert.equal(options.length, 12);
    for (const language of options) {
      await picker.selectOption(language);
      await eventually(async () => assert.equal(await page.evaluate(() => document.documentElement.lang), language));
      const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(width[0] <= width[1], `${language}: ${width}`);
    }
    assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  });

  it('mirror the page where they run from right to left', async () => {
    const page = await open({ ...kDesktop, locale: 'ar' });
    assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
    const side = await page.locator('aside').boundingBox();
    assert.ok(side.x > 640, `the list is at ${side.x}`);
    await page.reload();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ar');
  });
});

describe('as an app', () => {
  it('has a manifest with icons of both sizes, and they load', async () => {
    const page = await open();
    const manifest = await (await page.request.get(`${session.server.url}/manifest.webmanifest`)).json();
    const sizes = manifest.icons.map((icon) => icon.sizes);
    for (const size of ['192x192', '512x512']) assert.ok(sizes.includes(size), `${sizes}`);
    for (const icon of manifest.icons) {
      const reply = await page.request.get(new URL(icon.src, session.server.url).href);
      assert.ok(reply.ok() && (await reply.body()).length > 300, icon.src);
    }
  });
});

describe('the keyboard', () => {
  it('reaches everything, and its map is on a sheet', async () => {
    const page = await open({ ...kDesktop, permissions: ['clipboard-read', 'clipboard-write'] });
    await page.keyboard.press('Control+/');
    const sheet = page.getByRole('dialog', { name: 'Keys and help' });
    await sheet.getByText('Edit the last message').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+,');
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+b');
    await eventually(async () => assert.equal(await page.getByRole('navigation', { name: 'Conversations' }).isVisible(), false));
    await page.keyboard.press('Control+b');
    await page.keyboard.press('Shift+Escape');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'message');
    await send(page, 'Hello');
    await finishedAnswer(page);
    await page.keyboard.press('Control+Shift+Y');
    await eventually(async () => assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^You said: Hello/));
    await page.keyboard.press('Control+Shift+E');
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await finishedAnswer(page);
    await page.keyboard.press('Control+Shift+O');
    await eventually(async () => assert.equal(await page.locator('article').count(), 0));
    assert.equal(await page.evaluate(() => document.activeElement.id), 'message');
  });
});

/** Texts on the page whose contrast with the ground behind them is below 4.5. Runs in the page. */
function faintTexts() {
  const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if ((colour[3] ?? 1) === 1 && colour.length > 0) return colour;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === '' || element.closest('noscript, .visually-hidden, .skip, :disabled')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.add(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...faint];
}

describe('contrast', () => {
  for (const colorScheme of ['light', 'dark']) {
    it(`is at least 4.5 for every text in the ${colorScheme} theme`, async () => {
      const page = await open({ colorScheme });
      await send(page, 'code');
      await finishedAnswer(page, 1);
      await page.locator('.hljs-comment').waitFor();
      await send(page, 'refuse');
      await button(page, 'Retry').waitFor();
      await page.getByRole('button', { name: /^Temperature/ }).click();
      assert.deepEqual(await page.evaluate(faintTexts), []);
      await page.keyboard.press('Escape');
      await button(page, 'Settings').click();
      assert.deepEqual(await page.evaluate(faintTexts), []);
    });
  }
});

describe('on a phone', () => {
  for (const width of [390, 320]) {
    it(`works at ${width} px: no sideways scrolling, targets of 44 px`, async () => {
      const page = await open({ ...kPhone, viewport: { width, height: width === 390 ? 844 : 568 } });
      await messageField(page).fill('code');
      await button(page, 'Send').click();
      await finishedAnswer(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      const column = await page.evaluate(() => document.querySelector('.scroller').scrollWidth);
      assert.ok(column <= width, `the thread is ${column} px wide`);
      const inside = async (locator) => {
        const box = await locator.boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width, `${JSON.stringify(box)} is off the screen`);
      };
      await page.getByRole('button', { name: /Choose a model/ }).click();
      await inside(page.getByRole('dialog', { name: /Choose a model/ }));
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Temperature/ }).click();
      await inside(page.getByRole('dialog', { name: /^Temperature/ }));
      await page.keyboard.press('Escape');
      await button(page, 'Settings').click();
      await inside(page.getByRole('dialog', { name: 'Settings' }));
      await page.getByText('More controls').click();
      for (const field of await page.getByRole('dialog', { name: 'Settings' }).locator('input:not(.visually-hidden), textarea, select').all()) await inside(field);
      await page.keyboard.press('Escape');
      await button(page, 'Open conversations').click();
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, select')]
          .filter((element) => element.checkVisibility({ visibilityProperty: true }))
          .map((element) => ({ name: element.getAttribute('aria-label') ?? element.textContent, box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.width > 0 && (box.height < 42 || box.width < 42))
          .map(({ name, box }) => `${name}: ${box.width}×${box.height}`),
      );
      assert.deepEqual(small, []);
    });
  }

  it('opens conversations in a drawer that Escape closes', async () => {
    const page = await open(kPhone);
    const drawer = page.getByRole('dialog', { name: 'Conversations' });
    assert.equal(await drawer.count(), 0);
    await button(page, 'Open conversations').click();
    await drawer.waitFor();
    await page.keyboard.press('Escape');
    await eventually(async () => assert.equal(await drawer.count(), 0));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Open conversations');
  });

  it('starts a new line with Enter, because a phone has no Shift+Enter', async () => {
    const page = await open(kPhone);
    await messageField(page).fill('one');
    await messageField(page).press('Enter');
    assert.equal(await messageField(page).inputValue(), 'one\n');
  });
});
