// How the page looks and fits: contrast in both themes, phones.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, finishedAnswer, messageField, send } from './browser.mjs';
import { button, kPhone, useFakeServer } from './session.mjs';

const { open } = useFakeServer();

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
      await inside(page.getByRole('menu'));
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: /^Temperature/ }).click();
      await inside(page.getByRole('dialog', { name: /^Temperature/ }));
      await page.keyboard.press('Escape');
      await button(page, 'Settings').click();
      await inside(page.getByRole('dialog', { name: 'Settings' }));
      for (const field of await page.getByRole('dialog', { name: 'Settings' }).locator('input, textarea, select').all()) await inside(field);
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
