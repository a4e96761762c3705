// The page against a running Samovar with a real model. SAMOVAR_E2E_URL names it; the ./test script starts
// one with SmolLM2 and sets it.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { chooseVariant, eventually, finishedAnswer, lastAnswer, launchBrowser, messageField, openList, openPage, send } from './browser.mjs';

const url = process.env.SAMOVAR_E2E_URL;
const kPatience = 60_000; // a real model on a busy machine

let browser;
let pages = [];

async function open(options = {}) {
  const page = await openPage(browser, url, { patience: kPatience, ...options });
  pages.push(page);
  return page;
}

async function setLimit(page, tokens) {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  await page.getByRole('textbox', { name: 'Longest answer' }).fill(String(tokens));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
}

async function waitForWords(page, count) {
  await eventually(async () => {
    const words = (await lastAnswer(page).locator('.markdown').textContent({ timeout: kPatience })).split(/\s+/);
    assert.ok(words.length >= count, words.join(' '));
  }, kPatience);
}

// Temperature 0.
async function choosePrecise(page) {
  await page.getByRole('button', { name: /^Temperature/ }).click();
  await page.getByRole('radio', { name: /Precise/ }).check();
  await page.keyboard.press('Escape');
}

describe('the real server', { skip: url ? false : 'SAMOVAR_E2E_URL is not set', concurrency: false }, () => {
  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
  });
  beforeEach(chooseVariant);
  afterEach(async () => {
    const faults = pages.flatMap((page) => page.faults);
    for (const page of pages) await page.context().close();
    pages = [];
    assert.deepEqual(faults, []);
  });

  it('opens the page with the welcome text, under a strict policy', async () => {
    const page = await open();
    await page.getByRole('heading', { level: 1 }).waitFor();
    const reply = await page.request.get(url);
    const policy = reply.headers()['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe/);
  });

  it('sends the page compressed, small and cached for good', async () => {
    const page = await open();
    const entries = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((entry) => !entry.name.includes('/ui/'))
        .map((entry) => ({ name: entry.name, bytes: entry.encodedBodySize })),
    );
    const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    assert.ok(total > 10_000 && total <= 150_000, `first load is ${total} bytes`);
    const script = entries.find((entry) => entry.name.endsWith('.js'));
    const reply = await page.request.get(script.name, { headers: { 'Accept-Encoding': 'br' } });
    assert.equal(reply.headers()['content-encoding'], 'br');
    assert.match(reply.headers()['cache-control'] ?? '', /immutable/);
    const plain = await page.request.get(script.name, { headers: { 'Accept-Encoding': 'identity' } });
    assert.equal(await plain.text(), await reply.text());
  });

  it('lists the installed models with size and quantisation', async () => {
    const page = await open();
    await page.getByRole('button', { name: /Choose a model/ }).click();
    const item = page.locator('.item', { hasText: 'smollm2:135m' });
    assert.match(await item.textContent(), /9\d MB · Q4_1/);
  });

  it('answers, streaming, with figures', async () => {
    const page = await open();
    await setLimit(page, 48);
    await send(page, 'What is the capital of France? Answer in one sentence.');
    const answer = await finishedAnswer(page);
    assert.match(await answer.locator('.markdown').textContent(), /Paris/);
    const figures = await answer.locator('.metric').allTextContents();
    assert.equal(figures.length, 6, figures.join(' | '));
    assert.equal(figures[5], 'smollm2:135m');
    assert.match(figures[0], /^\d+\.\d s$/);
    assert.match(figures[4], /^first word \d+\.\d+ s$/);
  });

  it('remembers the conversation for a follow-up', async () => {
    const page = await open();
    await setLimit(page, 48);
    await choosePrecise(page); // so small a model forgets now and then when it samples
    await send(page, 'The password is tulip42. Repeat it.');
    await finishedAnswer(page, 1);
    await send(page, 'Repeat the password again.');
    const answer = await finishedAnswer(page, 2);
    assert.match(await answer.locator('.markdown').textContent(), /tulip42/);
  });

  it('answers the same at temperature 0', async () => {
    const page = await open();
    await setLimit(page, 24);
    await choosePrecise(page);
    await send(page, 'Name three colours.');
    const first = await (await finishedAnswer(page)).locator('.markdown').textContent();
    await page.getByRole('button', { name: 'Answer again' }).click();
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    const again = await (await finishedAnswer(page)).locator('.markdown').textContent();
    assert.equal(again, first);
  });

  it('stops, keeps the partial text, and goes on', async () => {
    const page = await open();
    await setLimit(page, 8192); // with fewer tokens the answer is over before a busy browser can stop it
    await send(page, 'Write a very long story about a samovar and the sea.');
    await waitForWords(page, 3);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    const kept = await lastAnswer(page).locator('.markdown').textContent();
    assert.ok(kept.trim().length > 10, kept);
    await setLimit(page, 16);
    await send(page, 'Thank you.');
    await finishedAnswer(page, 2);
  });

  it('says that an answer was cut off by its limit', async () => {
    const page = await open();
    await setLimit(page, 5);
    await send(page, 'Write a long story.');
    await page.getByText('Cut off: the answer reached its limit of tokens.').waitFor();
  });

  it('keeps conversation and draft over a reload', async () => {
    const page = await open();
    await setLimit(page, 24);
    await send(page, 'Say hello.');
    const before = await (await finishedAnswer(page)).locator('.markdown').textContent();
    await messageField(page).fill('A draft');
    await page.reload();
    await messageField(page).waitFor();
    assert.equal(await lastAnswer(page).locator('.markdown').textContent(), before);
    assert.equal(await messageField(page).inputValue(), 'A draft');
  });

  it('resumes an answer after a reload in its middle', async () => {
    const page = await open();
    await setLimit(page, 200);
    await choosePrecise(page);
    await send(page, 'Write a very long story about a samovar and the sea.');
    await waitForWords(page, 5);
    await page.reload();
    const answer = await finishedAnswer(page);
    const words = (await answer.locator('.markdown').textContent()).split(/\s+/);
    assert.ok(words.length > 40, words.join(' '));
    await page.reload();
    await finishedAnswer(page);
    assert.deepEqual((await lastAnswer(page).locator('.markdown').textContent()).split(/\s+/), words);
  });

  it('lists, finds, renames and deletes conversations of the store', async () => {
    const page = await open();
    await setLimit(page, 8);
    await send(page, 'Самовары кипят долго?');
    await finishedAnswer(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('самовар');
    await page.locator('nav .hit').first().waitFor();
    await page.keyboard.press('Escape');
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await openList(page);
    await list.getByRole('button', { name: 'Самовары кипят долго?', exact: true }).hover();
    await page.getByRole('button', { name: 'More for “Самовары кипят долго?”' }).click();
    await page.getByRole('menuitem', { name: 'Rename' }).click();
    await page.getByRole('textbox', { name: 'Name of the conversation' }).fill('О чае');
    await page.keyboard.press('Enter');
    await list.getByRole('button', { name: 'О чае', exact: true }).hover();
    await page.getByRole('button', { name: 'More for “О чае”' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await finishedAnswer(page);
  });

  it('brings in what Open WebUI and Chainlit have exported', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    const picker = page.getByLabel('Import conversations', { exact: true }).and(page.locator('input'));
    const sample = (name) => fileURLToPath(new URL(`../data/chat/${name}`, import.meta.url));
    await picker.setInputFiles(sample('open-webui-export.json'));
    await page.getByText('Imported: 2 conversations, 7 messages. Left out: 2.').waitFor();
    await page.getByText('Tea for twelve: the file “table.png” is not part of the export').waitFor();
    await page.getByText('Never used: has no messages').waitFor();
    await picker.setInputFiles(sample('chainlit-threads.json'));
    await page.getByText('Imported: 1 conversations, 4 messages. Left out: 1.').waitFor();
    await picker.setInputFiles(sample('chainlit-threads.json'));
    await page.getByText('Which wood burns best?: is here already').waitFor();
    await picker.setInputFiles({ name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('[{"chat":{}') });
    await page.getByText('broken.json: the file is not JSON: line 1, column 12: it ends too early').waitFor();
    await page.keyboard.press('Escape');
    await openList(page);
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await list.getByRole('button', { name: /Tea for twelve/ }).first().click();
    await page.getByText('Take 60 g of black tea.').waitFor();
    await page.getByText(/^Thoughts/).click();
    await page.getByText('Twelve guests & two cups each.').waitFor();
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await page.getByText('guests.txt').waitFor();
    await page.getByText("Ollama: 500, message='Internal Server Error'").waitFor();
    await openList(page);
    await list.getByRole('button', { name: 'Which wood burns best?', exact: true }).click();
    await page.getByText('Birch: it burns hot & clean.').waitFor();
    await setLimit(page, 8);
    await send(page, 'And peat?');
    await finishedAnswer(page, 3);
  });

  it('begins anew with a new chat', async () => {
    const page = await open();
    await setLimit(page, 16);
    await send(page, 'Say hello.');
    await finishedAnswer(page);
    await page.keyboard.press('Control+Shift+O');
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await page.locator('article').count(), 0);
    await send(page, 'Say goodbye.');
    await finishedAnswer(page, 1);
  });

  it('refuses a model that is not there with a sentence', async () => {
    const page = await open();
    await page.route('**/ui/chats/*/runs', async (route) => {
      const body = { ...route.request().postDataJSON(), model: 'no-such-model' };
      await route.continue({ postData: JSON.stringify(body) });
    });
    await send(page, 'Hello');
    await page.getByText('This model is not installed.').waitFor();
    await page.getByText("model 'no-such-model' not found").waitFor();
    await page.unroute('**/ui/chats/*/runs');
    await setLimit(page, 16);
    await page.getByRole('button', { name: 'Retry' }).click();
    await finishedAnswer(page);
  });

  it('speaks Russian, in the dark, on a phone', async () => {
    const page = await open({ locale: 'ru-RU', colorScheme: 'dark', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"max_tokens":24}'));
    await page.reload();
    await messageField(page).fill('Привет! Как дела?');
    await page.getByRole('button', { name: 'Отправить' }).click();
    await finishedAnswer(page);
    await page.getByRole('button', { name: 'Ответить заново' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  });
});
