// The page against the server that misbehaves on request (fake_server.mjs): every point of the page's
// check list and every failure a user can meet.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { eventually, finishedAnswer, kDesktop, lastAnswer, messageField, openList, send, submit } from './browser.mjs';
import { startFakeServer } from './fake_server.mjs';
import { button, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open, asked } = session;

describe('opening', () => {
  it('shows the welcome text and a field that has the focus of the reader', async () => {
    const page = await open();
    await page.getByRole('heading', { name: 'Welcome to Samovar' }).waitFor();
    assert.equal(await page.title(), 'Samovar');
    await page.getByText('loaded', { exact: false }).first().waitFor({ state: 'attached' });
  });

  it('loads at most 100 kB compressed, from its own host only, assets immutable', async () => {
    const page = await open();
    const entries = await page.evaluate(() =>
      [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((entry) => ({
        name: new URL(entry.name).pathname,
        bytes: entry.encodedBodySize,
      })),
    );
    const total = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    assert.ok(entries.some((entry) => entry.name.endsWith('.js')), 'the script is counted');
    assert.ok(total <= 100_000, `first load is ${total} bytes`);
    const script = entries.find((entry) => entry.name.endsWith('.js'));
    const reply = await page.request.get(session.server.url + script.name);
    assert.match(reply.headers()['cache-control'], /immutable/);
  });

  it('has a .br and a .gz beside every compressible file', async () => {
    const folder = new URL('../../web/dist/assets/', import.meta.url);
    const names = await readdir(folder);
    for (const name of names.filter((entry) => /\.(js|css)$/.test(entry))) {
      if ((await stat(new URL(name, folder))).size < 512) continue;
      assert.ok(names.includes(`${name}.br`) && names.includes(`${name}.gz`), name);
    }
  });

  it('says so when the server is broken, and recovers with Retry', async () => {
    session.server.refuseConfig = true;
    const page = await open();
    await page.getByText('The page could not reach its server.').waitFor();
    session.server.refuseConfig = false;
    await button(page, 'Retry').click();
    await page.getByRole('heading', { name: 'Welcome to Samovar' }).waitFor();
  });
});

describe('a conversation', () => {
  it('streams an answer in, as Markdown with coloured code', async () => {
    const page = await open();
    await send(page, 'code');
    const answer = await finishedAnswer(page);
    assert.equal(await answer.locator('strong').first().textContent(), '25 minutes');
    assert.equal(await answer.locator('table tr').count(), 3);
    await answer.locator('code .hljs-keyword').first().waitFor();
    assert.equal(await answer.locator('.code-language').textContent(), 'Python');
  });

  it('copies code and the whole answer', async () => {
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await send(page, 'code');
    await finishedAnswer(page);
    await button(page, 'Copy the code').click();
    await page.getByText('Copied').first().waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^def boil_time\(mass_kg[\s\S]*24\.7 minutes\n$/);
    await button(page, 'Copy the answer').click();
    await eventually(async () => assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^About \*\*25 minutes/));
    const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save the code as a file').click()]);
    assert.match(download.suggestedFilename(), /\.py$/);
    const block = page.locator('.code-block');
    await button(page, 'Wrap long lines').click();
    assert.equal(await block.getAttribute('data-wrapped'), '');
  });

  it('sends the history with a follow-up', async () => {
    const page = await open();
    await send(page, 'First question');
    await finishedAnswer(page, 1);
    await send(page, 'And then?');
    await finishedAnswer(page, 2);
    await lastAnswer(page).getByText('I see 2 earlier messages.').waitFor();
  });

  it('shows the figures of an answer', async () => {
    const page = await open();
    await send(page, 'Hello');
    const answer = await finishedAnswer(page);
    const figures = await answer.locator('.metric').allTextContents();
    assert.match(figures.join(' | '), /^[\d.]+ s \| \d+ characters \| \d+ tokens \| [\d.]+ tokens\/s \| first word 0\.3 s \| smollm2:135m$/);
    await page.getByText(/^\d+ of 8,192 tokens$/).waitFor();
  });

  it('stops on request and keeps the partial text', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word10 ').waitFor();
    await page.getByText('Writing…').waitFor();
    await button(page, 'Stop').click();
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    assert.match(await lastAnswer(page).textContent(), /word0 word1/);
    assert.equal(asked('stop').length, 1);
    await send(page, 'Go on');
    await finishedAnswer(page);
    await lastAnswer(page).getByText('I see 2 earlier messages.').waitFor();
  });

  it('stops with Escape', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word10 ').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Stopped', { exact: true }).first().waitFor();
  });

  it('answers again on request', async () => {
    const page = await open();
    await send(page, 'Hello');
    await finishedAnswer(page);
    await button(page, 'Answer again').click();
    await eventually(() => assert.equal(asked().at(-1).kind, 'regenerate'));
    await finishedAnswer(page);
    assert.equal(await page.locator('article').count(), 1);
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await button(page, 'Previous version').click();
    await page.getByRole('group', { name: 'Version 1 of 2' }).waitFor();
    await eventually(() => assert.equal(asked('patch').length, 1));
  });

  it('marks an answer that was cut off by its limit', async () => {
    const page = await open();
    await send(page, 'long');
    await page.getByText('Cut off: the answer reached its limit of tokens.').waitFor();
  });

  it('shows the place in line, and that a model loads', async () => {
    const page = await open();
    session.server.manual = true;
    await send(page, 'queue');
    for (const place of ['Number 3 in line · about 21 s', 'Number 2 in line · about 14 s', 'Next in line · about 7 s']) {
      await page.getByText(place).waitFor();
      session.server.advance();
    }
    await finishedAnswer(page, 1);
    await send(page, 'load');
    await page.getByText('Loading smollm2:135m into memory…').waitFor();
    session.server.advance();
    await finishedAnswer(page, 2);
  });

  it('lets the user type on, holds the message in line, and gives it back', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word3 ').waitFor();
    await send(page, 'Next question');
    await page.getByText('Waits for this answer: “Next question”').waitFor();
    await button(page, 'Take back').click();
    assert.equal(await messageField(page).inputValue(), 'Next question');
    await submit(page);
    await button(page, 'Stop').click();
    await lastAnswer(page).getByText('You said: Next question').waitFor();
    assert.deepEqual(asked().map((body) => body.message.content), ['slow', 'Next question']);
  });

  it('never runs what the model wrote', async () => {
    const page = await open();
    await send(page, 'hostile');
    const answer = await finishedAnswer(page);
    assert.match(await answer.textContent(), /<script>window\.hacked = 1<\/script>/);
    assert.equal(await answer.locator('img, script').count(), 0);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(await answer.locator('a').evaluateAll((links) => links.map((link) => link.href)), []);
    await answer.getByRole('button', { name: 'picture · Load the image from example.com' }).waitFor();
  });

  it('keeps pasted code as it was typed', async () => {
    const page = await open();
    await send(page, 'def f():\n\n    return  1\n');
    await finishedAnswer(page);
    assert.equal(asked()[0].message.content, 'def f():\n\n    return  1');
    assert.match(await page.locator('.user').evaluate((bubble) => bubble.innerText), /def f\(\):\n\n {4}return {2}1/);
  });

  it('shows 2,000 tokens sent at full speed within a second of the last', async () => {
    const page = await open();
    await send(page, 'many');
    await finishedAnswer(page);
    const late = performance.now() - session.server.lastByteAt;
    assert.ok(late < 3000, `shown ${late} ms after the last byte`);
    assert.match(await lastAnswer(page).textContent(), /word1999/);
  });
});

describe('failures', () => {
  it('are a plain sentence with Retry, and the message is kept', async () => {
    const page = await open();
    session.server.heals.add('refuse');
    await send(page, 'refuse');
    const alert = page.getByRole('alert');
    await alert.getByText('The model server does not answer.').waitFor();
    await alert.getByText('http://10.0.0.5:11434 refused the connection').waitFor();
    await page.locator('.user').getByText('refuse').waitFor();
    await button(page, 'Retry').click();
    await lastAnswer(page).getByText('Now it works.').waitFor();
    assert.deepEqual(asked().map((body) => body.message.content), ['refuse', 'refuse']);
  });

  it('hold a message that waited, until it is sent or taken back', async () => {
    const page = await open();
    session.server.say('break', { text: 'one two three four five six seven eight nine ten', rate: 120, failAt: 8, code: 'unavailable', message: 'gone' });
    await send(page, 'break');
    await page.getByText('one two').waitFor();
    await send(page, 'Afterwards');
    await page.getByText('The model server does not answer.').waitFor();
    await page.getByText('Not sent yet: “Afterwards”').waitFor();
    await button(page, 'Send now').click();
    await lastAnswer(page).getByText('You said: Afterwards').waitFor();
  });

  it('in the middle of an answer keep what had come', async () => {
    const page = await open();
    session.server.heals.add('fail');
    await send(page, 'fail');
    await lastAnswer(page).getByText('The model server does not answer.').waitFor();
    assert.match(await lastAnswer(page).textContent(), /It began well/);
    await button(page, 'Retry').click();
    await lastAnswer(page).getByText('Now it works.').waitFor();
    assert.equal(asked().at(-1).kind, 'regenerate');
  });

  it('of a server that is gone are shown, and a new server takes over', async () => {
    const page = await open();
    await send(page, 'Hello');
    await finishedAnswer(page, 1);
    const { port, store } = session.server;
    await session.server.close();
    await page.getByText('The page reconnects by itself.').waitFor();
    await send(page, 'Are you there?');
    await lastAnswer(page).getByText('The server cannot be reached.').waitFor();
    session.server = await startFakeServer(port, store.revive());
    await eventually(async () => assert.equal(await page.getByText('The page reconnects by itself.').count(), 0), 20_000);
    await page.waitForTimeout(300); // the conversation has been read again, and the unsent message is still there
    await button(page, 'Retry').click();
    await lastAnswer(page).getByText('You said: Are you there?').waitFor();
    await lastAnswer(page).getByText('I see 2 earlier messages.').waitFor();
  });

  it('of a missing model offer the others', async () => {
    const page = await open();
    await page.getByText('98 MB').waitFor({ state: 'attached' });
    session.server.models = session.server.models.slice(1);
    await send(page, 'Hello');
    await page.getByText('This model is not installed.').waitFor();
    await page.getByText("model 'smollm2:135m' not found").waitFor();
    await button(page, 'Installed models').click();
    await page.getByRole('button', { name: /^gemma3:270m/ }).click();
    await button(page, 'Retry').click();
    await lastAnswer(page).getByText('You said: Hello').waitFor();
    assert.equal(asked().at(-1).model, 'gemma3:270m');
  });

  it('of every kind have their own sentence', async () => {
    const page = await open();
    const kinds = { busy: 'The server is full right now.', memory: 'There is not enough memory for this model.', toolong: 'This conversation no longer fits' };
    for (const [text, sentence] of Object.entries(kinds)) {
      await send(page, text);
      await lastAnswer(page).getByText(sentence).waitFor();
    }
    await send(page, 'empty');
    await lastAnswer(page).getByText('The model ended its answer without a word.').waitFor();
  });

  it('of a message over the limit come before it is sent', async () => {
    const page = await open();
    await send(page, 'x'.repeat(1048577));
    await page.getByText('This message is 1 MB; at most 1 MB can be sent.').waitFor();
    assert.equal(asked().length, 0);
    assert.equal((await messageField(page).inputValue()).length, 1048577);
  });
});

describe('models and settings', () => {
  it('choose among the installed models, with size and quantisation', async () => {
    const page = await open();
    await page.getByRole('button', { name: /Choose a model/ }).click();
    const items = page.getByRole('dialog', { name: /Choose a model/ }).locator('.item');
    assert.match(await items.nth(1).textContent(), /gemma3:270m\s*268\.10M · 253 MB · Q4_K_M · gemma3 · context 32,768/);
    await items.nth(1).click();
    await page.getByPlaceholder('Message gemma3:270m').waitFor();
    await send(page, 'Hello');
    await finishedAnswer(page);
    assert.equal(asked()[0].model, 'gemma3:270m');
    await page.reload();
    await page.getByPlaceholder('Message gemma3:270m').waitFor();
  });

  it('send what was set, keep it, and refuse what is no value', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Temperature: Balanced 0.2' }).click();
    assert.equal(await page.getByRole('slider').getAttribute('max'), '0.3');
    await page.getByRole('radio', { name: /Precise/ }).check();
    await page.keyboard.press('Escape');
    await send(page, 'One');
    await finishedAnswer(page, 1);
    assert.equal(asked()[0].settings.temperature, 0);
    await button(page, 'Settings').click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('textbox', { name: 'Temperature' }).fill('7');
    await dialog.getByRole('textbox', { name: 'Longest answer' }).fill('256');
    await dialog.getByText('At most 2.').waitFor();
    await dialog.getByRole('textbox', { name: 'System prompt' }).fill('Answer briefly.');
    await dialog.getByText('More controls').click();
    await dialog.getByRole('textbox', { name: 'Seed' }).fill('7');
    await dialog.getByRole('checkbox', { name: /Answer in JSON/ }).check();
    await page.keyboard.press('Escape');
    await page.reload();
    await lastAnswer(page).getByText('You said: One').waitFor();
    await eventually(() => assert.deepEqual([...session.server.store.chats.values()][0].info.settings, { temperature: 0, max_tokens: 256, system_prompt: 'Answer briefly.', seed: 7, format: 'json' }));
    await button(page, 'Settings').click();
    assert.equal(await dialog.getByRole('textbox', { name: 'Longest answer' }).inputValue(), '256');
    await button(page, 'Back to defaults').click();
    await eventually(() => assert.deepEqual([...session.server.store.chats.values()][0].info.settings, {}));
  });

  it('follow the system theme, and the chosen one from the first paint', async () => {
    const page = await open({ colorScheme: 'dark' });
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await theme(), 'dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await eventually(async () => assert.equal(await theme(), 'light'));
    await button(page, 'Settings').click();
    await page.getByRole('combobox', { name: 'Theme' }).selectOption('dark');
    await eventually(async () => assert.equal(await theme(), 'dark'));
    await page.reload();
    assert.equal(await theme(), 'dark');
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(25, 22, 20)');
  });

  it('speak Russian to a Russian browser, and English on request', async () => {
    const page = await open({ locale: 'ru-RU' });
    await page.getByRole('heading', { name: 'Добро пожаловать в Самовар' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ru');
    await send(page, 'Привет');
    assert.match((await (await finishedAnswer(page)).locator('.metric').allTextContents()).join(' '), /\d с \d+ символ.* токен/);
    await button(page, 'Настройки').click();
    await page.getByRole('combobox', { name: 'Язык' }).selectOption('en');
    await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  });
});

describe('reading', () => {
  it('follows the end, but never fights the reader', async () => {
    const page = await open();
    await send(page, 'lines');
    await lastAnswer(page).getByText('Line 40', { exact: true }).waitFor();
    const scroller = page.getByRole('region', { name: 'Conversation' });
    const gap = () => scroller.evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop);
    await eventually(async () => assert.ok((await gap()) < 60, 'the end is in view'));
    await scroller.hover();
    await eventually(async () => {
      await page.mouse.wheel(0, -300);
      await page.waitForTimeout(200);
      assert.ok((await gap()) > 200);
    });
    const top = await scroller.evaluate((box) => box.scrollTop);
    await lastAnswer(page).getByText('Line 119', { exact: true }).waitFor({ state: 'attached' });
    await finishedAnswer(page);
    assert.equal(await scroller.evaluate((box) => box.scrollTop), top);
    await button(page, 'Jump to the end').click();
    await eventually(async () => assert.ok((await gap()) < 2));
  });

  it('keeps a selection while the answer grows', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word10 ').waitFor();
    await page.evaluate(() => {
      const text = document.querySelector('article p').firstChild;
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, 11);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
    });
    await page.getByText('word40 ').waitFor();
    assert.equal(await page.evaluate(() => getSelection().toString()), 'word0 word1');
  });

  it('tells a screen reader sentence by sentence, with everything named', async () => {
    const page = await open();
    await send(page, 'lines');
    const live = page.locator('[aria-live=polite][aria-atomic=true]');
    await eventually(async () => assert.match(await live.textContent(), /Line \d+/));
    await button(page, 'Stop').click();
    const unnamed = await page.evaluate(() =>
      [...document.querySelectorAll('button, input, textarea, select, a, [role=region], [role=menu], [role=dialog]')]
        .filter((element) => !(element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || element.labels?.length || element.textContent.trim()))
        .map((element) => element.outerHTML.slice(0, 120)),
    );
    assert.deepEqual(unnamed, []);
    const landmarks = page.isPhone ? ['main'] : ['main', 'navigation', 'complementary'];
    for (const role of landmarks) assert.ok((await page.getByRole(role).count()) >= 1, role);
    await openList(page);
    assert.equal(await page.getByRole('navigation', { name: 'Conversations' }).count(), 1);
  });
});

describe('the composer', () => {
  it('grows with its text and stays where it is', async () => {
    const page = await open(kDesktop);
    const box = page.locator('form');
    const before = await box.boundingBox();
    await messageField(page).focus();
    await page.keyboard.type('one');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    const grown = await box.boundingBox();
    assert.ok(grown.height > before.height + 15);
    assert.equal(Math.round(grown.y + grown.height), Math.round(before.y + before.height));
    await page.keyboard.press('Enter');
    await finishedAnswer(page);
    assert.equal(asked()[0].message.content, 'one\ntwo');
    assert.deepEqual(await box.boundingBox(), before);
  });

  it('works without motion where that is asked for', async () => {
    const page = await open({ reducedMotion: 'reduce' });
    await send(page, 'slow');
    await page.getByText('word3 ').waitFor();
    const running = await page.evaluate(() => document.getAnimations().filter((animation) => animation.playState === 'running').length);
    assert.equal(running, 0);
  });
});
