// What an operator sets up (samovar.toml) as a user meets it: profiles, starters, commands, looks, what is not
// allowed; and a server without any model.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, finishedAnswer, kDesktop, lastAnswer, messageField, openList, pageReady, send, submit } from './browser.mjs';
import { button, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open, asked } = session;
const kFeatures = { share: true, attachments: ['text'], pull: true, delete_models: true, settings: true, feedback: true };

describe('a set-up', () => {
  it('gives profiles with a model, settings and starters of their own', async () => {
    session.server.extra = {
      profiles: [
        { id: 'coder', name: { en: 'Coder', ru: 'Программист' }, icon: '', description: 'Answers with code', model: 'gemma3:270m', settings: { temperature: 0 }, starters: ['refactor'] },
        { id: 'writer', name: 'Writer', icon: '', description: '', model: '', settings: {}, starters: [] },
      ],
      starters: [
        { id: 'refactor', label: 'Refactor', category: 'Code', icon: '', text: 'Refactor this:\n' },
        { id: 'poem', label: 'A poem', category: { en: 'Words' }, icon: '', text: 'Write a poem' },
      ],
    };
    const page = await open();
    await page.getByRole('heading', { name: 'Words' }).waitFor();
    await page.getByRole('button', { name: /^Coder/ }).click();
    await page.getByPlaceholder('Message gemma3:270m').waitFor();
    await eventually(async () => assert.equal(await button(page, 'A poem').count(), 0));
    await button(page, 'Refactor').click();
    assert.equal(await messageField(page).inputValue(), 'Refactor this:\n', 'it waits for what the user adds');
    await send(page, 'Refactor this:\nx = 1');
    await finishedAnswer(page);
    const [body] = asked();
    assert.deepEqual([body.profile, body.model, body.settings.temperature], ['coder', 'gemma3:270m', 0]);
    await openList(page);
    await button(page, 'New chat').first().click();
    await page.getByRole('button', { name: /^Writer/ }).click();
    await button(page, 'A poem').click();
    await lastAnswer(page).getByText('You said: Write a poem').waitFor();
    assert.equal(asked().at(-1).profile, 'writer');
  });

  it('gives commands: filtered, chosen with arrows, Enter, Escape and a click', async () => {
    const command = (name) => ({ name, description: `Does ${name}`, text: `${name}: {{input}}`, variables: [] });
    session.server.extra = { commands: ['translate', 'transform', 'summary'].map(command) };
    const page = await open();
    const options = page.getByRole('option');
    const chosen = () => page.locator('[role=option][aria-selected=true]').textContent();
    await messageField(page).fill('/');
    await eventually(async () => assert.equal(await options.count(), 3));
    await page.keyboard.type('tr');
    await eventually(async () => assert.equal(await options.count(), 2));
    await page.keyboard.press('ArrowDown');
    assert.match(await chosen(), /transform/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp'); // round the end
    assert.match(await chosen(), /transform/);
    await page.keyboard.press('Enter');
    await eventually(async () => assert.equal(await messageField(page).inputValue(), 'transform:\n'));
    assert.equal(asked().length, 0, 'Enter chose, it did not send');
    await messageField(page).fill('/sum');
    await options.first().click();
    await eventually(async () => assert.equal(await messageField(page).inputValue(), 'summary:\n'));
    await messageField(page).fill('/nothing');
    assert.equal(await options.count(), 0);
    await messageField(page).fill('/tra');
    await page.keyboard.press('Escape');
    await eventually(async () => assert.equal(await options.count(), 0));
  });

  it('gives a name, a logo, colours and a style sheet', async () => {
    session.server.extra = { name: 'Teahouse', look: { logo: '/favicon.svg', accent: '#0a5a8a', accent_dark: '#7ac0f0', css: '/frame/frame.css' } };
    const page = await open({ colorScheme: 'light' });
    await eventually(async () => assert.equal(await page.title(), 'Teahouse'));
    await openList(page);
    await page.locator('.brand').getByText('Teahouse').waitFor();
    assert.equal(await page.locator('.brand img').evaluate((image) => image.complete && image.naturalWidth > 0), true);
    const accent = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
    await eventually(async () => assert.equal(await accent(), '#0a5a8a'));
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(async () => assert.equal(await accent(), '#7ac0f0'));
    await page.locator('link[rel=stylesheet][href="/frame/frame.css"]').waitFor({ state: 'attached' });
  });

  it('gives a welcome in the reader’s language, else in English', async () => {
    session.server.extra = { welcome: { en: '# Hello there', de: '# Guten Tag' } };
    const german = await open({ locale: 'de-AT' });
    await german.getByRole('heading', { name: 'Guten Tag' }).waitFor();
    const turkish = await open({ locale: 'tr-TR' });
    await turkish.getByRole('heading', { name: 'Hello there' }).waitFor();
    await turkish.locator('button', { hasText: 'Yeni sohbet' }).first().waitFor({ state: 'attached' });
  });

  it('may fix the settings and switch off thumbs, files and models', async () => {
    session.server.extra = { features: { ...kFeatures, attachments: [], pull: false, delete_models: false, settings: false, feedback: false, share: false } };
    const page = await open();
    await page.evaluate(() => localStorage.setItem('samovar.defaults', '{"temperature":1}'));
    await page.reload();
    await pageReady(page);
    await send(page, 'Hello');
    await finishedAnswer(page);
    assert.equal(asked()[0].settings, undefined, 'such a server refuses them');
    for (const name of ['Good answer', 'Attach files']) assert.equal(await button(page, name).count(), 0, name);
    assert.equal(await page.getByRole('button', { name: /^Temperature/ }).count(), 0);
    await button(page, 'Settings').click();
    const dialog = page.getByRole('dialog', { name: 'Settings' });
    await dialog.getByRole('combobox', { name: 'Theme' }).waitFor();
    assert.equal(await dialog.getByRole('textbox', { name: 'System prompt' }).count(), 0);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Choose a model/ }).click();
    assert.equal(await page.getByRole('textbox', { name: 'Fetch a model' }).count(), 0);
  });
});

describe('without a model', () => {
  it('the page says so, keeps the message, and fetches one', async () => {
    session.server.models = [];
    const page = await open();
    await page.getByRole('heading', { name: 'No model is installed yet.' }).waitFor();
    await page.getByText('“samovar pull NAME”, or “samovar import FILE NAME”').waitFor();
    await send(page, 'Hello');
    await page.getByRole('alert').getByText('No model is installed yet.').waitFor();
    assert.equal(await messageField(page).inputValue(), 'Hello');
    await button(page, 'gemma3:270m').click();
    await page.getByText('gemma3:270m is here.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByPlaceholder('Message gemma3:270m').waitFor();
    await submit(page);
    await finishedAnswer(page);
    assert.equal(asked()[0].model, 'gemma3:270m');
  });
});

describe('before the page has come', () => {
  it('one can type, and press Enter', async () => {
    const page = await open(kDesktop);
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route('**/assets/index-*.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(`${session.server.url}/?x=1`, { waitUntil: 'commit' });
    const early = page.locator('.shell #message');
    await early.waitFor();
    await early.focus();
    await page.keyboard.type('Typed early');
    const box = await page.locator('.shell-box').boundingBox();
    await page.keyboard.press('Enter');
    release();
    await lastAnswer(page).getByText('You said: Typed early').waitFor();
    assert.deepEqual(await page.locator('form.box').boundingBox(), box, 'the field stays where it is');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'message');
  });
});
