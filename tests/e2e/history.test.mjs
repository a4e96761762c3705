// Conversations as the server keeps them: the list, versions, runs that outlive connections, two tabs, files, models.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { eventually, finishedAnswer, lastAnswer, messageField, openList, send, submit } from './browser.mjs';
import { startFakeServer } from './fake_server.mjs';
import { button, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open, asked } = session;
const chats = (page) => page.getByRole('navigation', { name: 'Conversations' });

async function choose(page, chat, item) {
  await openList(page);
  await chats(page).getByRole('button', { name: chat, exact: true }).hover();
  await button(page, `More for “${chat}”`).click();
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

describe('nothing gets lost', () => {
  it('brings draft and conversation back after a reload', async () => {
    const page = await open();
    await send(page, 'Hello');
    await finishedAnswer(page);
    await messageField(page).fill('Half a thou');
    await page.reload();
    await lastAnswer(page).getByText('You said: Hello').waitFor();
    assert.equal(await messageField(page).inputValue(), 'Half a thou');
    await submit(page);
    await finishedAnswer(page, 2);
    await lastAnswer(page).getByText('I see 2 earlier messages.').waitFor();
  });

  it('resumes an answer after a reload, with Stop', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word10 ').waitFor();
    await page.reload();
    await page.getByText('word30 ').waitFor();
    assert.match(await lastAnswer(page).locator('p').first().textContent(), /^word0 word1 word2 .*word29 word30/);
    await button(page, 'Stop').click();
    await page.getByText('Stopped', { exact: true }).first().waitFor();
  });

  it('resumes an answer after a cut network, no word missing or doubled', async () => {
    const page = await open();
    session.server.say('words', { text: Array.from({ length: 120 }, (_, index) => `word${index} `).join(''), rate: 20 });
    await send(page, 'words');
    await page.getByText('word10 ').waitFor();
    session.server.cutConnections();
    await page.getByText('word40 ').waitFor();
    session.server.cutConnections();
    const answer = await finishedAnswer(page);
    const words = (await answer.locator('.markdown').textContent()).trim().split(/\s+/);
    assert.deepEqual(words, Array.from({ length: 120 }, (_, index) => `word${index}`));
  });

  it('keeps a partial answer of a server that was killed, marked, and goes on with it', async () => {
    const page = await open();
    await send(page, 'slow');
    await page.getByText('word10 ').waitFor();
    const { port, store } = session.server;
    await session.server.close();
    await page.getByText('Connection lost. Trying to get back…').waitFor();
    await page.getByText('The page reconnects by itself.').waitFor();
    assert.match(await lastAnswer(page).textContent(), /word0 word1/);
    session.server = await startFakeServer(port, store.revive());
    await page.getByText('Cut off: the server stopped in the middle of this answer.').waitFor();
    await eventually(async () => assert.equal(await page.getByText('The page reconnects by itself.').count(), 0));
    await button(page, 'Continue').click();
    await lastAnswer(page).getByText('and then it went on.').waitFor();
    assert.match(await lastAnswer(page).textContent(), /word0 word1/);
  });

  it('keeps two tabs of one chat in step', async () => {
    const page = await open();
    await send(page, 'Hello');
    await finishedAnswer(page);
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText('You said: Hello').waitFor();
    await send(page, 'slow');
    await other.getByText('word5 ').waitFor();
    await button(other, 'Stop').click();
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    other.isPhone = page.isPhone;
    await send(other, 'From the other tab');
    await lastAnswer(page).getByText('You said: From the other tab').waitFor();
  });

  it('tells when an answer is not on disk', async () => {
    const page = await open();
    await send(page, 'unsaved');
    await page.getByText('This answer could not be written to disk yet.').waitFor();
  });
});

describe('the list of conversations', () => {
  it('groups by date, renames, pins, files away, deletes and takes back', async () => {
    const day = 86_400_000;
    const { store } = session.server;
    for (const [index, age] of [0, 1, 4, 20, 90].entries()) store.fill(`old${index}`, `Chat of ${age} days`, ['Question', 'Answer'], Date.now() - age * day);
    const page = await open();
    await openList(page);
    await chats(page).getByRole('heading', { name: 'Today' }).waitFor();
    const headings = await chats(page).getByRole('heading').allTextContents();
    assert.deepEqual(headings.slice(0, 4), ['Today', 'Yesterday', 'Last 7 days', 'Last 30 days']);
    assert.equal(headings.length, 5);
    await choose(page, 'Chat of 4 days', 'Rename');
    await page.getByRole('textbox', { name: 'Name of the conversation' }).fill('Tea <b>notes</b>');
    await page.keyboard.press('Enter');
    await choose(page, 'Tea <b>notes</b>', 'Pin');
    await chats(page).getByRole('heading', { name: 'Pinned' }).waitFor();
    await choose(page, 'Chat of 20 days', 'Folder and tags');
    await page.getByRole('combobox', { name: 'Folder' }).fill('work');
    await page.getByRole('textbox', { name: 'Tags, separated by commas' }).fill('c++, #tea');
    await button(page, 'Save').click();
    await button(page, 'work').click();
    await eventually(async () => assert.equal(await chats(page).locator('.chat').count(), 1));
    assert.deepEqual(store.chat('old3').info.tags, ['c++', 'tea']);
    await button(page, 'All').click();
    await choose(page, 'Chat of 90 days', 'Delete');
    await page.getByText('Deleted “Chat of 90 days”').waitFor();
    assert.equal(await chats(page).getByRole('button', { name: 'Chat of 90 days', exact: true }).count(), 0);
    await button(page, 'Undo').click();
    await lastAnswer(page).getByText('Answer').waitFor();
    await chats(page).getByRole('button', { name: 'Chat of 90 days', exact: true }).waitFor();
  });

  it('finds words in titles and messages, with the keyboard', async () => {
    session.server.store.fill('s1', 'Boiling', ['How long?', 'The samovar boils in 25 minutes.'], Date.now());
    const page = await open();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('samovar boils');
    assert.equal(await messageField(page).inputValue(), '');
    const hit = chats(page).locator('.hit', { hasText: 'Boiling' });
    await hit.locator('mark', { hasText: /^samovar boils$/ }).waitFor();
    await hit.click();
    await lastAnswer(page).getByText('The samovar boils').waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('nothing like it');
    await page.getByText('Nothing found for').waitFor();
    await page.keyboard.press('Escape');
    await chats(page).getByRole('heading', { name: 'Today' }).waitFor();
  });

  it('holds 5,000 chats and a chat of 10,000 messages', async () => {
    const { store } = session.server;
    for (let index = 0; index < 5000; index += 1) store.make(`c${index}`, `Chat ${index}`, Date.now() - index * 1000);
    const texts = Array.from({ length: 10_000 }, (_, index) => `Text ${index}`);
    store.fill('long', 'A long one', texts, Date.now() + 1000);
    const page = await open();
    await openList(page);
    await chats(page).getByRole('button', { name: 'A long one', exact: true }).click();
    await lastAnswer(page).getByText('Text 9999').waitFor();
    await button(page, 'Show earlier messages').click();
    await page.getByText('Text 9850').waitFor({ state: 'attached' });
    await messageField(page).fill('typed without waiting');
    await openList(page);
    const rows = () => chats(page).locator('.chat').count();
    assert.ok((await rows()) <= 200);
    await chats(page).evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await eventually(async () => assert.ok((await rows()) >= 200));
  });

  it('shares a conversation by a link that only reads', async () => {
    session.server.store.fill('s1', 'About tea', ['Which tea?', 'Black **tea**.'], Date.now());
    const page = await open();
    await choose(page, 'About tea', 'Share a link');
    await page.getByText(/Anyone with this link can read the conversation: .*\/share\/tok/).waitFor();
    await page.goto(`${session.server.url}/share/tok`);
    await page.getByText('Which tea?').waitFor();
    assert.equal(await page.locator('textarea, .actions').count(), 0);
    await page.goto(`${session.server.url}/share/gone`);
    await page.getByText('No conversation here.').waitFor();
  });

  it('saves one as Markdown or JSON, and shares none unless the operator allows it', async () => {
    session.server.store.fill('s1', 'About tea', ['Which tea?', 'Black **tea**.'], Date.now());
    session.server.extra = { features: { share: false, attachments: [], pull: true, delete_models: true, settings: true, feedback: true } };
    const page = await open();
    for (const [item, text] of [['Save as Markdown', 'Black **tea**.'], ['Save as JSON', 'samovar-conversations']]) {
      const [download] = await Promise.all([page.waitForEvent('download'), choose(page, 'About tea', item)]);
      assert.ok((await readFile(await download.path(), 'utf8')).includes(text));
    }
    await openList(page);
    await chats(page).getByRole('button', { name: 'About tea', exact: true }).hover();
    await button(page, 'More for “About tea”').click();
    await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Share a link' }).count(), 0);
  });

  it('never lists a temporary chat', async () => {
    const page = await open();
    await openList(page);
    await button(page, 'Temporary chat').click();
    await page.getByText('This conversation is never stored.').waitFor();
    await send(page, 'Secret');
    await finishedAnswer(page);
    assert.match(session.server.requests.find((request) => request.act === 'runs').path, /\/ui\/chats\/tmp-/);
    assert.equal(await chats(page).locator('.chat').count(), 0);
  });
});

describe('versions', () => {
  it('come from editing a question, and can be paged through', async () => {
    const page = await open();
    await send(page, 'First wording');
    await finishedAnswer(page);
    await messageField(page).press('ArrowUp');
    const editor = page.getByRole('textbox', { name: 'Edit your message' });
    assert.equal(await editor.inputValue(), 'First wording');
    await editor.fill('slow');
    await editor.press('Enter');
    await page.getByText('word5 ').waitFor();
    await button(page, 'Stop').click(); // Chainlit cannot stop an edited run
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    await button(page, 'Previous version').first().click();
    await lastAnswer(page).getByText('You said: First wording').waitFor();
    await button(page, 'Next version').first().click();
    await lastAnswer(page).getByText('word0').waitFor();
  });

  it('stop too, whether asked for anew or gone on with', async () => {
    const page = await open();
    const endless = { text: 'word '.repeat(400), rate: 25 };
    session.server.say('tea', { ...endless, more: endless });
    await send(page, 'tea');
    for (const act of ['Answer again', 'Continue']) {
      await page.getByText('word word').first().waitFor();
      await button(page, 'Stop').click();
      await page.getByText('Stopped', { exact: true }).first().waitFor();
      await button(page, act).click();
      await page.getByText('Writing…').waitFor();
    }
    await button(page, 'Stop').click();
    await page.getByText('Stopped', { exact: true }).first().waitFor();
    assert.deepEqual(asked().map((body) => body.kind), ['message', 'regenerate', 'continue']);
    assert.equal(asked('stop').length, 3);
  });

  it('continue what was cut off, and delete a turn', async () => {
    const page = await open();
    await send(page, 'long');
    await button(page, 'Continue').click();
    await lastAnswer(page).getByText('An answer that reaches its limit and then it went on.').waitFor();
    await page.locator('.turn').hover();
    await button(page, 'Delete question and answer').click();
    await eventually(async () => assert.equal(await page.locator('article').count(), 0));
  });

  it('come from editing an answer, and take thumbs with a comment', async () => {
    const page = await open();
    await send(page, 'Hello');
    await finishedAnswer(page);
    await button(page, 'Edit the answer').click();
    await page.getByRole('textbox', { name: 'Edit the answer' }).fill('Better words.');
    await button(page, 'Save').click();
    await lastAnswer(page).getByText('Better words.').waitFor();
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await button(page, 'Good answer').click();
    await page.getByRole('textbox', { name: /What was good or bad/ }).fill('short');
    await page.keyboard.press('Enter');
    await eventually(() => assert.deepEqual(asked('feedback').at(-1), { rating: 1, comment: 'short' }));
    await page.reload();
    await lastAnswer(page).getByText('Better words.').waitFor();
    assert.equal(await button(page, 'Good answer').getAttribute('aria-pressed'), 'true');
  });

  it('of two models stand side by side, and one is kept', async () => {
    const page = await open();
    await page.getByRole('button', { name: /Choose a model/ }).click();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('gemma3:270m');
    await page.keyboard.press('Escape');
    await send(page, 'Compare this');
    await eventually(async () => assert.equal(await page.locator('.pair article [data-metric=seconds]').count(), 2));
    assert.deepEqual(asked().map((body) => body.model), ['smollm2:135m', 'gemma3:270m']);
    assert.equal(asked()[1].beside, true);
    await button(page, 'Go on with this answer').nth(1).click();
    await eventually(async () => assert.equal(await page.locator('article').count(), 1));
    assert.equal(asked('patch').at(-1).leaf, asked()[1].answer_id);
  });
});

describe('an answer', () => {
  it('folds thoughts away with their duration', async () => {
    const page = await open();
    await send(page, 'think');
    await finishedAnswer(page);
    await page.getByText('Thoughts · 3 s').click();
    await page.getByText('Two and two make four.').waitFor();
  });

  it('says what the model no longer sees, and offers a summary', async () => {
    const page = await open();
    session.server.say(/^Summarise this conversation/, 'They spoke of tea.');
    await send(page, 'A long story of tea. '.repeat(60));
    await finishedAnswer(page, 1);
    await send(page, 'full');
    await finishedAnswer(page, 2);
    await page.getByText('The model no longer sees 2 messages above this line').waitFor();
    session.server.mostCharacters = 900; // of a question: the model's context is small
    await button(page, 'Summarise them for the model').click();
    await page.getByText('The model knows what stands above this line from a summary.').click();
    await page.locator('details').getByText('They spoke of tea.').waitFor();
    const { summary } = asked('patch').at(-1).settings;
    assert.equal(summary.until, session.server.store.path(new URL(page.url()).hash.slice(1))[1].id);
    assert.ok(asked().length > 6, 'in pieces');
    assert.match(asked().at(-1).message.content, /^Summarise[^\n]*\n\nThey spoke of tea\.\n\n/, 'each with the summary of those before');
    await page.reload(); // and it is still known then
    await page.getByText('The model knows what stands above this line from a summary.').waitFor();
    await button(page, 'Forget the summary').click();
    await page.getByText('The model no longer sees 2 messages above this line').waitFor();
    assert.equal(asked('patch').at(-1).settings.summary, null);
  });

  it('shows formulas without any other host, and prices as prices', async () => {
    const page = await open();
    session.server.say('math', 'Energy is \\(E = mc^2\\) and\n\n\\[\\sum_{i=1}^n i\\]\n\nIt costs $5 and then $10.');
    await send(page, 'math');
    const answer = await finishedAnswer(page);
    await eventually(async () => assert.equal(await answer.locator('.math[data-painted] .katex-html').count(), 2));
    await answer.getByText('It costs $5 and then $10.').waitFor();
  });

  it('previews HTML and diagrams shut off from the page, and loads images only after a click', async () => {
    const page = await open({ mayAsk: ['pictures.example'] });
    await page.route('https://pictures.example/**', (route) => route.fulfill({ contentType: 'image/svg+xml', body: '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"/>' }));
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('pictures.example') ? 1 : 0));
    const html = '<h1 id=x>Hi</h1><script>try { parent.document.title = "hacked" } catch { document.getElementById("x").textContent = "shut off" }; fetch("https://evil.example/")</script>';
    session.server.say('show', `\`\`\`html\n${html}\n\`\`\`\n\n\`\`\`mermaid\ngraph TD; A-->B\n\`\`\`\n\n![tea](https://pictures.example/tea.svg)`);
    await send(page, 'show');
    await finishedAnswer(page);
    const previews = button(page, 'Preview, shut off from the page and the network');
    await previews.first().click();
    await page.frameLocator('iframe').first().getByText('shut off').waitFor();
    await previews.nth(1).click();
    await page.frameLocator('.preview-mermaid').locator('svg').first().waitFor();
    assert.equal(asked, 0);
    await button(page, 'tea · Load the image from pictures.example').click();
    await eventually(() => assert.equal(asked, 1));
    assert.notEqual(await page.title(), 'hacked');
    page.faults = page.faults.filter((fault) => !/evil\.example|Content Security Policy|Failed to fetch/.test(fault));
  });
});

describe('files and models', () => {
  it('attach, count and send text, and refuse images and what is too large', async () => {
    const page = await open();
    const picker = page.locator('input[type=file]').first();
    await picker.setInputFiles([
      { name: 'notes <b>.md', mimeType: 'text/markdown', buffer: Buffer.from('Tea at five. '.repeat(40)) },
      { name: 'cat.png', mimeType: 'image/png', buffer: Buffer.from('x') },
    ]);
    await page.getByText('about 130 tokens').waitFor();
    await page.getByText('images cannot be read by the models of this server').waitFor();
    await send(page, 'What is in it?');
    await page.locator('.user').getByText('notes <b>.md').waitFor();
    assert.equal(asked()[0].message.attachments.length, 1);
    await button(page, 'Show notes <b>.md').click();
    const sheet = page.getByRole('dialog', { name: 'notes <b>.md' });
    await sheet.getByText('Tea at five. Tea at five.').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), sheet.getByRole('button', { name: 'Save' }).click()]);
    assert.equal(await readFile(await download.path(), 'utf8'), 'Tea at five. '.repeat(40));
    await page.keyboard.press('Escape');
    await picker.setInputFiles({ name: 'book.txt', mimeType: 'text/plain', buffer: Buffer.from('x'.repeat(40_000)) });
    await page.getByText('about 10,000 tokens').waitFor();
    await send(page, 'And this?');
    await page.getByText(/The files have about 10,000 tokens, the model’s context holds 8,192/).waitFor();
  });

  it('fetch a model with progress, say why one fails, delete one', async () => {
    const page = await open();
    await page.getByRole('button', { name: /Choose a model/ }).click();
    const name = page.getByRole('textbox', { name: 'Fetch a model' });
    await name.fill('qwen3:0.6b');
    await page.keyboard.press('Enter');
    await page.getByText(/MB of 250 MB · .*\/s · .* left/).waitFor();
    await page.getByText('qwen3:0.6b is here.').waitFor();
    await name.fill('nowhere');
    await page.keyboard.press('Enter');
    await page.getByText('Stopped: ').waitFor();
    await button(page, 'Delete qwen3:0.6b').click();
    await page.getByText('Delete qwen3:0.6b from the server?').waitFor();
    await button(page, 'Delete').click();
    await eventually(async () => assert.equal(await button(page, 'Delete qwen3:0.6b').count(), 0));
  });

  it('stop fetching a model on request, and go on with it later', async () => {
    session.server.manual = true;
    const page = await open();
    await page.getByRole('button', { name: /Choose a model/ }).click();
    const name = page.getByRole('textbox', { name: 'Fetch a model' });
    await name.fill('qwen3:0.6b');
    await page.keyboard.press('Enter');
    await page.getByText(/25 MB of 250 MB/).waitFor();
    await page.getByRole('dialog', { name: /Choose a model/ }).getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('progressbar').waitFor({ state: 'detached' });
    session.server.manual = false;
    session.server.advance();
    assert.equal(await name.inputValue(), 'qwen3:0.6b', 'as it was');
    await button(page, 'Fetch').click();
    await page.getByText('qwen3:0.6b is here.').waitFor();
    assert.equal(asked('pull').length, 2);
    assert.equal(session.server.models.filter((model) => model.name === 'qwen3:0.6b').length, 1, 'the first was broken off');
  });

  it('show the server’s figures with plots', async () => {
    const page = await open();
    await openList(page);
    await button(page, 'Server status').click();
    const dialog = page.getByRole('dialog', { name: 'Server status' });
    await dialog.getByText('412 MB').waitFor();
    await eventually(async () => assert.equal(await dialog.locator('canvas').count(), 4));
  });

  it('show which of the servers behind this one answer', async () => {
    session.server.upstreams = [
      { place: 'http://box-1:11434', up: true, problem: '', running: 2, answered: 1040, failed: 0, moved: 0 },
      { place: 'http://box-2:11434', up: false, problem: 'connection refused <b>', running: 0, answered: 12, failed: 3, moved: 2 },
    ];
    const page = await open();
    await openList(page);
    await button(page, 'Server status').click();
    const dialog = page.getByRole('dialog', { name: 'Server status' });
    const rows = dialog.getByRole('region', { name: 'Servers behind this one' }).getByRole('listitem');
    await rows.nth(1).waitFor();
    assert.match(await rows.nth(0).textContent(), /box-1:11434.*answers.*2 now · 1,040 answered · 0 failed · 0 moved elsewhere/s);
    assert.match(await rows.nth(1).textContent(), /box-2:11434.*does not answer.*3 failed · 2 moved elsewhere.*connection refused <b>/s);
    session.server.upstreams[1].up = true;
    session.server.upstreams[1].problem = '';
    await eventually(async () => assert.equal(await dialog.getByText('does not answer').count(), 0));
  });

  it('bring in a file, and say what of it was left out or that it is none', async () => {
    const page = await open();
    await button(page, 'Settings').click();
    const picker = page.getByLabel('Import conversations', { exact: true }).and(page.locator('input'));
    const pick = (text) => picker.setInputFiles({ name: 'mine <i>.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    session.server.skipped = [
      { title: 'Old <b>', code: 'here', file: '', why: '' },
      { title: 'Tea', code: 'no-file', file: 'cat.png', why: '' },
      ...Array.from({ length: 30 }, (_, index) => ({ title: `#${index}`, code: 'empty', file: '', why: '' })),
    ];
    await pick('{"chats":[]}');
    await page.getByText('Imported: 0 conversations, 0 messages. Left out: 32.').waitFor();
    await page.getByText('Old <b>: is here already').waitFor();
    await page.getByText('Tea: the file “cat.png” is not part of the export').waitFor();
    await page.getByText('and 12 more').waitFor();
    session.server.refuseImport = 'the file is not JSON: line 2, column 13';
    await pick('{}');
    await page.getByText('This file cannot be imported: it is no export of Samovar, Open WebUI or Chainlit.').waitFor();
    await page.getByText('mine <i>.json: the file is not JSON: line 2, column 13').waitFor();
    assert.equal(await page.getByText(/^Imported/).count(), 0);
  });

  it('take ?prompt=, starters and commands', async () => {
    session.server.extra = {
      starters: [{ id: 's', label: { en: 'Ask about tea' }, category: 'Tea', icon: '', text: 'Which tea is best?' }],
      commands: [{ name: 'translate', description: 'Into another language', text: 'Translate into {{language}}:\n\n{{input}}', variables: ['language'] }],
      links: [{ label: 'Intranet', url: 'https://intranet.example/', icon: '' }],
    };
    const page = await open();
    await page.goto(`${session.server.url}/?prompt=${encodeURIComponent('Привет & <b>')}`);
    await eventually(async () => assert.equal(await messageField(page).inputValue(), 'Привет & <b>'));
    assert.equal(new URL(page.url()).search, '');
    await messageField(page).fill('/tr');
    await page.getByRole('option', { name: /translate/ }).waitFor();
    await page.keyboard.press('Enter');
    await eventually(async () => assert.match(await messageField(page).inputValue(), /^Translate into \{\{language\}\}:/));
    await messageField(page).fill('');
    await button(page, 'Ask about tea').click();
    await lastAnswer(page).getByText('You said: Which tea is best?').waitFor();
    await openList(page);
    await page.getByRole('link', { name: 'Intranet' }).waitFor();
  });
});
