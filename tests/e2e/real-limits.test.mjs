// A running Samovar on bad days: browsers that are forgotten or nosy, thousands of conversations, huge files, a disk
// that is full. SAMOVAR_E2E_URL names the server; the one with the full disk is started here, from SAMOVAR_BINARY,
// and asks the first one (SAMOVAR_API_URL) for its answers.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { chooseVariant, eventually, finishedAnswer, lastAnswer, launchBrowser, messageField, openList, openPage, pageReady, send } from './browser.mjs';

const url = process.env.SAMOVAR_E2E_URL;
const binary = process.env.SAMOVAR_BINARY;
const api = process.env.SAMOVAR_API_URL;
const kPatience = 60_000;

let browser;
let pages = [];

async function open(address = url, options = {}) {
  const page = await openPage(browser, address, { patience: kPatience, ...options });
  await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"max_tokens":16,"temperature":0}'));
  await page.reload();
  await pageReady(page);
  pages.push(page);
  return page;
}

/** The server's answer to an import of `chats`, each {id, title, messages: [text…]}. */
function importChats(page, chats) {
  return page.evaluate(async (list) => {
    const at = Date.now();
    const turn = (id, content, index) => ({ id: `${id}-${index}`, parent: index === 0 ? null : `${id}-${index - 1}`, role: index % 2 === 0 ? 'user' : 'assistant', content, created: at + index });
    const whole = list.map(({ id, title, messages }, index) => ({ id, title, created: at - index * 1000, updated: at - index * 1000, messages: messages.map((text, place) => turn(id, text, place)) }));
    const body = JSON.stringify({ format: 'samovar-conversations', version: 1, chats: whole });
    return (await fetch('/ui/import', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json();
  }, chats);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Whether a process may have a small file system of its own here. */
function canMount() {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Writes zeros into `file` until there is no room left. */
async function fillUp(file) {
  const filler = await openFile(file, 'w');
  try {
    for (let size = 1 << 20; size >= 512; ) {
      try {
        await filler.appendFile(Buffer.alloc(size));
      } catch {
        size /= 2;
      }
    }
  } finally {
    await filler.close();
  }
}

const suite = { skip: url ? false : 'SAMOVAR_E2E_URL is not set', concurrency: false };

describe('the real server on bad days', suite, () => {
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

  it('shows a conversation to its own browser only, and goes on when that one’s cookie is gone', async () => {
    const page = await open();
    await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"max_tokens":40,"temperature":0}'));
    await page.reload();
    await pageReady(page);
    await send(page, 'Say hello.');
    await finishedAnswer(page, 1);
    const other = await open(page.url());
    assert.equal(await other.locator('article, .user').count(), 0);
    await page.context().clearCookies();
    await send(page, 'Say goodbye.');
    await finishedAnswer(page, 2);
    await page.getByText('The server no longer knew this browser and gave it a new identity.').waitFor();
    await page.reload();
    await finishedAnswer(page, 2);
    await page.locator('.user').getByText('Say hello.').waitFor();
  });

  it('sends at most 30 bytes around a token', async () => {
    const page = await open();
    const lines = await page.evaluate(async () => {
      const body = JSON.stringify({ kind: 'message', message: { content: 'Tell me about tea.', parent: null }, settings: { max_tokens: 60, temperature: 0 } });
      const reply = await fetch('/ui/chats/wire/runs', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      return (await reply.text()).split('\n');
    });
    const tokens = lines.filter((line) => line.startsWith('{"t":'));
    assert.ok(tokens.length > 20, lines.join('\n'));
    const kFraming = 8; // of a chunk, and the end of the line
    for (const line of tokens) assert.ok(Buffer.byteLength(line) + kFraming - Buffer.byteLength(JSON.parse(line).t) <= 30, line);
  });

  it('keeps 5,000 conversations and one of 10,000 messages at hand', async () => {
    const page = await open();
    const chats = Array.from({ length: 5000 }, (_, index) => ({ id: `many${index}`, title: `Chat ${index}`, messages: ['A question', 'An answer'] }));
    assert.equal((await importChats(page, chats)).chats, 5000);
    const long = { id: 'long', title: 'A long one', messages: Array.from({ length: 10_000 }, (_, index) => `Text ${index}`) };
    assert.equal((await importChats(page, [long])).messages, 10_000);
    await page.goto(`${url}/#long`);
    await page.reload();
    await lastAnswer(page).getByText('Text 9999').waitFor();
    await messageField(page).fill('typed without waiting');
    await page.getByRole('button', { name: 'Show earlier messages' }).click();
    await page.getByText('Text 9850').waitFor({ state: 'attached' });
    const list = page.getByRole('navigation', { name: 'Conversations' });
    await openList(page);
    await list.locator('.chat').first().waitFor();
    assert.ok((await list.locator('.chat').count()) <= 200);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Text 4321');
    await list.locator('.hit', { hasText: 'A long one' }).first().click();
    await lastAnswer(page).getByText('Text 9999').waitFor();
  });

  it('renders code, formulas, diagrams and hostile text under its own policy', async () => {
    const page = await open(url, { mayAsk: [] });
    const answer = '\\(E = mc^2\\), it costs $5 and then $10.\n\n```html\n<h1 id=x>Hi</h1><script>try { parent.document.title = "hacked" } catch { document.getElementById("x").textContent = "shut off" }</script>\n```\n\n```mermaid\ngraph TD; A-->B\n```\n\n<script>window.hacked = 1</script> [x](javascript:alert(1)) ![tea](https://pictures.example/t.png)';
    await importChats(page, [{ id: 'shown', title: 'Rendering', messages: ['Show it', answer] }]);
    await page.goto(`${url}/#shown`);
    await page.reload();
    await page.locator('.katex-html').first().waitFor();
    await lastAnswer(page).getByText('it costs $5 and then $10.').waitFor();
    const previews = page.getByRole('button', { name: 'Preview, shut off from the page and the network' });
    await previews.first().click();
    await page.frameLocator('iframe').first().getByText('shut off').waitFor();
    await previews.nth(1).click();
    await page.frameLocator('.preview-mermaid').locator('svg').first().waitFor();
    await lastAnswer(page).getByRole('button', { name: /Load the image from pictures\.example/ }).waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.deepEqual(await lastAnswer(page).locator('a').evaluateAll((links) => links.map((link) => link.href)), []);
  });

  it('refuses 200 MB before they are sent, and 1 MB that fits no context in words', async () => {
    const page = await open();
    const cookies = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const { status, body } = await new Promise((resolve, reject) => {
      const call = request(`${url}/ui/attachments?name=huge.txt`, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': 200e6, Cookie: cookies } });
      call.on('response', async (response) => {
        let text = '';
        for await (const piece of response) text += piece;
        resolve({ status: response.statusCode, body: text });
        call.destroy();
      });
      call.on('error', reject);
      call.write('x'.repeat(65_536)); // and no more: the answer must come without the rest
    });
    assert.equal(status, 413, body);
    assert.match(body, /too large: the limit is \d+ bytes/);
    await send(page, 'Samovars sing. '.repeat(69_000));
    await page.getByText('This conversation no longer fits').waitFor();
    await page.locator('.user').waitFor();
    await messageField(page).fill('still here');
  });

  it('loses nothing when its disk is full', { skip: binary && api ? false : 'SAMOVAR_BINARY or SAMOVAR_API_URL is not set' }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'samovar-full-'));
    const port = await freePort();
    const server = spawn(binary, ['serve', '--port', String(port), '--api-port', String(await freePort()), '--model', 'smollm2:135m'], {
      env: { ...process.env, SAMOVAR_DATA: folder, OLLAMA_HOST: api },
      stdio: 'ignore',
    });
    /** No file of the server may be larger; 1 GB: as good as no limit. */
    const allow = (bytes) => execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:`]);
    try {
      const address = `http://127.0.0.1:${port}`;
      await eventually(async () => assert.ok((await fetch(address)).ok), 20_000);
      const page = await open(address);
      await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"max_tokens":400,"temperature":0}'));
      await page.reload();
      await pageReady(page);
      await send(page, 'Write a very long story about a samovar and the sea.');
      await eventually(async () => assert.ok((await lastAnswer(page).textContent()).length > 200), kPatience);
      allow(1000);
      await finishedAnswer(page);
      await page.getByText('This answer could not be written to disk yet.').waitFor();
      const words = await lastAnswer(page).locator('.markdown').textContent();
      await send(page, 'And then?');
      await page.getByText('The server could not read or write a file.').waitFor();
      await page.getByRole('alert').getByText(/disk|history\.db|I\/O/i).first().waitFor();
      await page.reload();
      await page.getByText('Not sent yet: “And then?”').waitFor();
      allow(1e9);
      await eventually(async () => {
        await page.reload();
        await page.locator('article').first().locator('.markdown').waitFor();
        assert.equal(await page.locator('article').first().locator('.markdown').textContent(), words, 'the whole answer, written when there was room');
      }, 30_000);
      // Sent by itself, or still in line.
      await page.locator('.user, .waiting-text').getByText('And then?').or(page.getByText('Not sent yet: “And then?”')).first().waitFor();
    } finally {
      server.kill();
      await new Promise((resolve) => server.on('exit', resolve));
      await rm(folder, { recursive: true });
    }
  });

  const small = binary && api && canMount() ? false : 'SAMOVAR_BINARY or SAMOVAR_API_URL is not set, or no file system may be mounted here';
  it('says that there is no room, and goes on when there is', { skip: small }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'samovar-small-'));
    const port = await freePort();
    const command = [binary, 'serve', '--port', String(port), '--api-port', String(await freePort()), '--model', 'smollm2:135m'];
    const server = spawn('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=16m none "$0" && exec "$@"', folder, ...command], {
      env: { ...process.env, SAMOVAR_DATA: folder, OLLAMA_HOST: api },
      stdio: 'ignore',
    });
    const filler = path.join(`/proc/${server.pid}/root`, folder, 'filler');
    try {
      const address = `http://127.0.0.1:${port}`;
      await eventually(async () => assert.ok((await fetch(address)).ok), 20_000);
      const page = await open(address);
      await send(page, 'Say hello.');
      await finishedAnswer(page, 1);
      await fillUp(filler);
      const book = { name: 'book.txt', mimeType: 'text/plain', buffer: Buffer.from('Tea and water. '.repeat(70_000)) };
      await page.locator('input[type=file]').first().setInputFiles(book);
      await page.getByText(/book\.txt could not be attached: .*(full|disk)/i).waitFor();
      const long = 'Tell me more about samovars. '.repeat(30_000);
      await send(page, long);
      await page.getByText('The server could not read or write a file.').waitFor();
      await page.reload();
      await finishedAnswer(page, 1);
      await page.getByText(/Not sent yet: “Tell me more/).or(page.getByText('The server could not read or write a file.')).first().waitFor();
      await rm(filler);
      await page.locator('input[type=file]').first().setInputFiles({ ...book, name: 'page.txt', buffer: Buffer.from('Tea and water.') });
      await page.getByRole('button', { name: 'Remove page.txt' }).waitFor();
    } finally {
      server.kill();
      await new Promise((resolve) => server.on('exit', resolve));
      await rm(folder, { recursive: true });
    }
  });
});
