// Bad input and bad days: huge messages and files, a server that has forgotten the browser, a full disk. Nothing
// is lost, and a sentence says what happened.
import assert from 'node:assert/strict';
import { mkdtemp, open as openFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { eventually, finishedAnswer, lastAnswer, messageField, pageReady, send } from './browser.mjs';
import { button, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open, asked } = session;

describe('huge input', () => {
  it('a message of 1 MB is sent, shown, and does not stop the page', async () => {
    const page = await open();
    const text = `${'Samovars sing. '.repeat(69_000)}The end.`; // 1,035,008 bytes
    session.server.say(text, 'I have read it all.');
    await send(page, text);
    await finishedAnswer(page);
    assert.equal(asked()[0].message.content.length, text.length);
    await messageField(page).fill('typed at once');
    assert.equal(await messageField(page).inputValue(), 'typed at once');
    await page.reload();
    await page.locator('.user').getByText('The end.').waitFor();
  });

  it('a file of 200 MB is refused with both figures, and is not read', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'samovar-e2e-'));
    try {
      const name = path.join(folder, 'huge.txt');
      const file = await openFile(name, 'w');
      await file.truncate(200e6);
      await file.close();
      const page = await open();
      await page.locator('input[type=file]').first().setInputFiles(name);
      await page.getByText('huge.txt is 200 MB; at most 21 MB can be attached.').waitFor();
      assert.equal(asked('attachments').length, 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('three files dropped at once become chips, are sent, and are there after a reload', async () => {
    const page = await open();
    const transfer = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      for (const name of ['one.txt', 'two.md', '../<i>three</i>.csv']) data.items.add(new File([`text of ${name}`], name, { type: 'text/plain' }));
      return data;
    });
    await page.locator('.compose').dispatchEvent('drop', { dataTransfer: transfer });
    await eventually(async () => assert.equal(await page.locator('.files li').count(), 3));
    await send(page, 'What are these?');
    await finishedAnswer(page);
    assert.equal(asked()[0].message.attachments.length, 3);
    await page.reload();
    await page.locator('.user').getByText('../<i>three</i>.csv').waitFor();
    assert.equal(await page.locator('.user li').count(), 3);
  });
});

describe('a server that has forgotten this browser', () => {
  it('is told of the open conversation, and goes on with it', async () => {
    const page = await open();
    await send(page, 'Before');
    await finishedAnswer(page, 1);
    session.server.forgotten = true; // the cookie is of no use any more, and neither are the chats
    session.server.store.chats.clear();
    await send(page, 'After');
    await finishedAnswer(page, 2);
    await page.getByText('The server no longer knew this browser and gave it a new identity.').waitFor();
    await lastAnswer(page).getByText('I see 2 earlier messages.').waitFor();
    await page.reload();
    await lastAnswer(page).getByText('You said: After').waitFor();
    await page.getByText('You said: Before').waitFor();
  });

  it('is given the files of this page too, those sent and those about to be', async () => {
    const page = await open();
    const pick = (name, text) => page.locator('input[type=file]').first().setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    await pick('sent.txt', 'Sent before.');
    await page.getByText('sent.txt').waitFor();
    await send(page, 'Before');
    await finishedAnswer(page, 1);
    await pick('later.txt', 'Sent after.');
    await page.getByText('later.txt').waitFor();
    session.server.forgotten = true;
    session.server.store.chats.clear();
    session.server.store.attachments.clear();
    await send(page, 'After');
    await finishedAnswer(page, 2);
    for (const [name, text] of [['sent.txt', 'Sent before.'], ['later.txt', 'Sent after.']]) {
      await eventually(async () => {
        await button(page, `Show ${name}`).click();
        await page.getByRole('dialog', { name }).getByText(text, { exact: true }).waitFor({ timeout: 2000 });
      });
      await page.keyboard.press('Escape');
    }
  });

  it('cannot be given a file of an earlier page: its name stays, and that is said', async () => {
    const page = await open();
    await page.locator('input[type=file]').first().setInputFiles({ name: 'old.txt', mimeType: 'text/plain', buffer: Buffer.from('x') });
    await page.getByText('old.txt').waitFor();
    await send(page, 'Before');
    await finishedAnswer(page, 1);
    await page.reload();
    await finishedAnswer(page, 1);
    session.server.forgotten = true;
    session.server.store.chats.clear();
    session.server.store.attachments.clear();
    await send(page, 'After');
    await finishedAnswer(page, 2);
    await button(page, 'Show old.txt').click();
    await page.getByText('The server no longer has the text of this file.').waitFor();
  });
});

describe('a full disk', () => {
  it('refuses a message in words, and keeps it over a reload until it can be sent', async () => {
    const page = await open();
    session.server.say('Precious', { error: [500, 'io', 'database or disk is full'] });
    session.server.heals.add('Precious');
    await send(page, 'Precious');
    await page.getByText('The server could not read or write a file.').waitFor();
    await page.getByText('database or disk is full').waitFor();
    await page.reload();
    await pageReady(page);
    await page.getByText('Not sent yet: “Precious”').waitFor();
    await button(page, 'Send now').click();
    await lastAnswer(page).getByText('Now it works.').waitFor();
    await page.reload();
    await lastAnswer(page).getByText('Now it works.').waitFor();
    assert.equal(await page.getByText('Not sent yet').count(), 0);
  });
});
