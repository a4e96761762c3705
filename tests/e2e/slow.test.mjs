// Slow servers and slow phones: whatever comes late, nothing that was sent waits for ever, nothing is doubled.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { finishedAnswer, lastAnswer, pageReady, send } from './browser.mjs';
import { useFakeServer } from './session.mjs';

const session = useFakeServer();

describe('while the page is still asking', () => {
  for (const late of ['config', 'models', 'chat', 'list', 'feed']) {
    it(`a message is sent although its ${late} comes late`, async () => {
      const page = await session.open();
      session.server.delays[late] = 1500;
      await page.reload();
      await pageReady(page);
      await send(page, 'Hello');
      await finishedAnswer(page);
      assert.equal(session.asked().length, 1);
      assert.equal(await page.locator('.waiting').count(), 0);
    });
  }

  it('a message to a conversation that comes late is its next one', async () => {
    const page = await session.open();
    await send(page, 'First');
    await finishedAnswer(page);
    session.server.delays.chat = 1500;
    await page.reload();
    await pageReady(page);
    await send(page, 'Second');
    await finishedAnswer(page, 2);
    const [first, second] = session.asked();
    assert.notEqual(second.message.parent, null);
    assert.equal(second.message.parent, first.answer_id);
  });

  it('a message to a conversation that could not be read waits for it', async () => {
    const page = await session.open();
    await send(page, 'First');
    await finishedAnswer(page);
    await page.route('**/ui/chats/*?last=*', (route) => route.abort());
    await page.reload();
    await pageReady(page);
    await send(page, 'Second');
    await page.getByText('Not sent yet: “Second”').waitFor();
    await page.unroute('**/ui/chats/*?last=*');
    session.server.cutConnections(); // the page comes back by itself
    await finishedAnswer(page, 2);
    assert.equal(session.asked()[1].message.parent, session.asked()[0].answer_id);
  });

  it('news that come late change nothing back', async () => {
    const page = await session.open();
    const { store } = session.server;
    await send(page, 'First');
    await finishedAnswer(page);
    const { id } = [...store.chats.values()][0].info;
    store.late = 1000; // of everything that is told
    for (const text of ['Second', 'Third']) {
      await send(page, text);
      await lastAnswer(page).getByText(`You said: ${text}`).waitFor();
    }
    const seen = [];
    for (let left = 15; left > 0; left -= 1) {
      seen.push(await lastAnswer(page).textContent());
      await page.waitForTimeout(100);
    }
    assert.deepEqual(seen.filter((text) => !text.includes('You said: Third')), []);
    assert.equal(store.path(id).length, 6);
  });

  it('a message that arrived although its answer never came is not sent twice', async () => {
    const page = await session.open();
    await send(page, 'First');
    await finishedAnswer(page);
    await page.route('**/ui/chats/*/runs', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await send(page, 'Second');
    await page.getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/ui/chats/*/runs');
    await page.getByRole('button', { name: 'Retry' }).click();
    await lastAnswer(page).getByText('You said: Second').waitFor();
    assert.equal(await page.locator('.user').getByText('Second').count(), 1);
    assert.equal(session.asked().length, 3);
  });

  it('a page whose processor is six times slower loses nothing of a burst', async () => {
    const page = await session.open();
    const slow = await page.context().newCDPSession(page);
    await slow.send('Emulation.setCPUThrottlingRate', { rate: 6 });
    await page.reload();
    await pageReady(page);
    const texts = ['One', 'Two', 'Three', 'Four'];
    for (const text of texts) await send(page, text);
    await finishedAnswer(page, 4);
    assert.deepEqual(session.asked().map((body) => body.message.content), texts);
    const parents = session.asked().map((body) => body.message.parent);
    assert.deepEqual(parents.slice(1), session.asked().slice(0, 3).map((body) => body.answer_id));
  });
});

describe('attachments', () => {
  it('that are still being read are waited for', async () => {
    const page = await session.open();
    session.server.delays.attachments = 800;
    await page.locator('input[type=file]').setInputFiles({ name: 'late.txt', mimeType: 'text/plain', buffer: Buffer.from('text') });
    await page.getByText('Reading late.txt…').waitFor();
    await send(page, 'With it');
    await finishedAnswer(page);
    assert.equal(session.asked()[0].message.attachments.length, 1);
  });

  it('stay with the message they were sent with, in line and over a reload', async () => {
    const page = await session.open();
    await send(page, 'slow');
    await page.getByText('word3 ').waitFor();
    const pick = (name) => page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('text') });
    await pick('first.txt');
    await page.getByText('first.txt').waitFor();
    await send(page, 'With the first');
    await pick('second.txt');
    await page.getByText('second.txt').waitFor();
    await page.reload();
    await pageReady(page);
    await page.locator('.files').getByText('second.txt').waitFor();
    await page.getByText('word9 ').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await lastAnswer(page).getByText('You said: With the first').waitFor();
    await send(page, 'With the second');
    await lastAnswer(page).getByText('You said: With the second').waitFor();
    const names = session.asked().map((body) => body.message.attachments.map((file) => session.server.store.attachments.get(file).name));
    assert.deepEqual(names, [[], ['first.txt'], ['second.txt']]);
  });
});
