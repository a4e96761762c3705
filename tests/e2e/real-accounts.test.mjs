// Accounts of a running Samovar (docs/access.md): set-up with the code of its log, an invitation, a quota, disabling,
// a session that ends. The server is started here from SAMOVAR_BINARY; SAMOVAR_API_URL answers for it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { chooseVariant, eventually, finishedAnswer, lastAnswer, launchBrowser, messageField, openList, openPage, pageReady, send } from './browser.mjs';

const binary = process.env.SAMOVAR_BINARY;
const api = process.env.SAMOVAR_API_URL;
const kPassword = 'a samovar sings at five';
const kPatience = 60_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function logIn(page, name) {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(kPassword);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.locator('.door').waitFor({ state: 'detached' });
}

async function openAdmin(page) {
  await openList(page);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('button', { name: 'Users and access' }).click();
  return page.getByRole('dialog', { name: 'Users and access' });
}

describe('the real server with accounts', { skip: binary && api ? false : 'SAMOVAR_BINARY or SAMOVAR_API_URL is not set', concurrency: false }, () => {
  let browser;
  let server;
  let folder;
  let url;
  let log = '';
  const pages = [];

  async function open(options = {}) {
    const page = await openPage(browser, options.address ?? url, { patience: kPatience, ready: '.door form', ...options });
    await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"max_tokens":12,"temperature":0}'));
    pages.push(page);
    return page;
  }

  before(async () => {
    browser = await launchBrowser();
    folder = await mkdtemp(path.join(tmpdir(), 'samovar-accounts-'));
    const setup = path.join(folder, 'samovar.toml');
    await writeFile(setup, '[features]\nshare = true\n');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    server = spawn(binary, ['serve', '--port', String(port), '--api-port', String(await freePort()), '--model', 'smollm2:135m'], {
      env: { ...process.env, SAMOVAR_DATA: folder, SAMOVAR_CONFIG: setup, OLLAMA_HOST: api, SAMOVAR_ACCESS: 'users' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [server.stdout, server.stderr]) stream.on('data', (piece) => (log += piece));
    await eventually(async () => assert.ok((await fetch(url)).ok), 20_000);
  });
  beforeEach(chooseVariant);
  after(async () => {
    await browser?.close();
    server?.kill();
    await new Promise((resolve) => server.on('exit', resolve));
    await rm(folder, { recursive: true });
    assert.deepEqual(pages.flatMap((page) => page.faults), []);
  });

  it('is set up, invites, limits, disables, and keeps everybody’s conversations apart', async () => {
    const anna = await open();
    await anna.getByRole('heading', { name: 'Set up Samovar' }).waitFor();
    const code = await eventually(() => {
      const found = /the code ([a-z0-9-]+)/.exec(log)?.[1];
      assert.ok(found, log);
      return found;
    });
    await anna.getByRole('textbox', { name: 'One-time code' }).fill(code);
    await anna.getByRole('textbox', { name: 'Name' }).fill('anna');
    await anna.getByLabel('New password', { exact: true }).fill(kPassword);
    await anna.getByRole('button', { name: 'Create the account' }).click();
    await anna.locator('.door').waitFor({ state: 'detached' });
    await anna.reload();
    await pageReady(anna);
    await send(anna, 'Say hello.');
    await finishedAnswer(anna);

    const admin = await openAdmin(anna);
    await admin.getByRole('tab', { name: 'Invitations' }).click();
    await admin.getByRole('button', { name: 'Make a link' }).click();
    const link = await admin.getByRole('textbox', { name: 'Copy the link' }).inputValue();
    const boris = await open({ address: link });
    await boris.getByRole('textbox', { name: 'Name' }).fill('boris');
    await boris.getByLabel('New password', { exact: true }).fill(kPassword);
    await boris.getByRole('button', { name: 'Create the account' }).click();
    await pageReady(boris);
    await boris.getByText('Your conversations will appear here.').waitFor({ state: 'attached' });
    await send(boris, 'Say goodbye.');
    await finishedAnswer(boris);

    await anna.keyboard.press('Escape');
    const users = await openAdmin(anna);
    await users.getByRole('button', { name: /^boris/ }).click();
    await users.getByRole('spinbutton', { name: 'Tokens a day' }).fill('1');
    await anna.keyboard.press('Tab');
    await anna.waitForTimeout(300);
    await eventually(async () => {
      await send(boris, 'Once more.');
      await boris.getByText('That was too much for now.').waitFor({ timeout: 3000 });
    }, kPatience);

    await users.getByRole('button', { name: 'Disable' }).click();
    await users.getByText('disabled', { exact: true }).waitFor();
    await boris.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
    await users.getByRole('tab', { name: 'Log' }).click();
    await users.getByText('invite-accepted').first().waitFor();
  });

  it('gives API keys that programs use in one’s name, until they are revoked', async () => {
    const page = await open();
    await logIn(page, 'anna');
    await openList(page);
    await page.getByRole('button', { name: /^Account/ }).click();
    const account = page.getByRole('dialog', { name: 'Account' });
    await account.getByRole('button', { name: 'API keys' }).click();
    await account.getByRole('textbox', { name: 'What the key is for' }).fill('laptop');
    await account.getByRole('button', { name: 'Make a key' }).click();
    const key = await account.getByText(/^sk-samovar-/).textContent();
    const ask = () => fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` }, body: JSON.stringify({ model: 'smollm2:135m', max_tokens: 4, messages: [{ role: 'user', content: 'Say hello.' }] }) });
    const answer = await ask();
    assert.equal(answer.status, 200, await answer.clone().text());
    await account.getByRole('button', { name: 'Revoke: laptop' }).click();
    await account.getByRole('button', { name: 'Revoke', exact: true }).click();
    await account.getByText('No keys yet.').waitFor();
    await eventually(async () => assert.equal((await ask()).status, 401));
  });

  it('shows a shared conversation to those who have logged in', async () => {
    const page = await open();
    await logIn(page, 'anna');
    const link = await page.evaluate(async () => {
      const { chats } = await (await fetch('/ui/chats')).json();
      return (await (await fetch(`/ui/chats/${chats[0].id}/share`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json()).url;
    });
    await page.goto(url + link);
    await page.locator('.user').getByText('Say hello.').waitFor();
    const stranger = await open({ address: page.url() });
    await stranger.getByText('Log in to read the conversation that was shared with you.').waitFor();
    assert.equal(await stranger.getByText('Say hello.').count(), 0);
    await logIn(stranger, 'anna');
    await stranger.locator('.user').getByText('Say hello.').waitFor();
  });

  it('comes back to the same conversation after logging out', async () => {
    const page = await open();
    await logIn(page, 'anna');
    await openList(page);
    await page.getByRole('navigation', { name: 'Conversations' }).getByRole('button', { name: 'Say hello.', exact: true }).click();
    await finishedAnswer(page);
    await openList(page);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^Account/ }).click().then(() => page.getByRole('link', { name: 'Export my data' }).click())]);
    assert.ok(download.suggestedFilename());
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
    assert.equal((await page.request.get(`${url}/ui/chats`)).status(), 401);
    await logIn(page, 'anna');
    await messageField(page).fill('still here');
  });
});
