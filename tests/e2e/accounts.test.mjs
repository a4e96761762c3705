// Logging in, the first account, invitations, one's own account, and what administrators see.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { axeProblems } from './axe.mjs';
import { eventually, finishedAnswer, lastAnswer, messageField, openList, openPage, pageReady, send } from './browser.mjs';
import { FakeAccounts } from './fake_accounts.mjs';
import { button, kPhone, useFakeServer } from './session.mjs';

const session = useFakeServer();
const { open, asked } = session;
const kPassword = 'correct horse';

/** A server with Anna, who administers it, and Boris. */
function populate() {
  const accounts = new FakeAccounts();
  session.server.accounts = accounts;
  const anna = accounts.add('anna', kPassword, { role: 'admin', email: 'anna@example.org' });
  const boris = accounts.add('boris', kPassword, { tokens_today: 1200 });
  return { accounts, anna, boris };
}

async function logIn(page, name, password = kPassword) {
  await page.getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Log in').click();
}

async function openIn(name, options) {
  const page = await open(options);
  await logIn(page, name);
  await page.locator('.door').waitFor({ state: 'detached' });
  return page;
}

async function openAccount(page) {
  await openList(page);
  await page.getByRole('button', { name: /^Account/ }).click();
  return page.getByRole('dialog', { name: 'Account' });
}

async function openAdmin(page) {
  const account = await openAccount(page);
  await account.getByRole('button', { name: 'Users and access' }).click();
  return page.getByRole('dialog', { name: 'Users and access' });
}

describe('the login', () => {
  it('lets in who has name and password, keeps them in, and lets nobody else see anything', async () => {
    populate();
    const page = await open();
    await page.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'door-name');
    await page.keyboard.press('Escape');
    await page.locator('.door').waitFor();
    await logIn(page, 'anna', 'a wrong one');
    await page.getByRole('alert').getByText('Name or password is wrong.').waitFor();
    await logIn(page, 'anna');
    await page.locator('.door').waitFor({ state: 'detached' });
    await send(page, 'Hello');
    await finishedAnswer(page);
    await page.reload();
    await finishedAnswer(page);
    assert.equal(await page.locator('.door').count(), 0);
  });

  it('says how long to wait after too many attempts', async () => {
    populate().accounts.failures = 5;
    const page = await open();
    await logIn(page, 'anna', 'guess');
    await page.getByText('Too many attempts. Try again in 8 s.').waitFor();
  });

  it('asks for nothing but the password where there is one for all', async () => {
    session.server.accounts = new FakeAccounts('password');
    const page = await open();
    await page.getByLabel('Password', { exact: true }).fill('no');
    await page.keyboard.press('Enter');
    await page.getByText('The password is wrong.').waitFor();
    await page.getByLabel('Password', { exact: true }).fill('open sesame');
    await page.keyboard.press('Enter');
    await page.locator('.door').waitFor({ state: 'detached' });
    await send(page, 'Hello');
    await finishedAnswer(page);
    const account = await openAccount(page);
    await account.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
  });

  it('leads elsewhere where that is the way in, and says why one came back', async () => {
    session.server.accounts = new FakeAccounts('oidc');
    const page = await open();
    const link = page.getByRole('link', { name: 'Log in with Example ID' });
    assert.equal(await link.getAttribute('href'), '/ui/oidc/start?return=%2F');
    await page.goto(`${session.server.url}/?login=not-allowed`);
    await page.getByText('This account may not come in here.').waitFor();
    await link.waitFor();
  });

  it('is not this server’s where a proxy does it', async () => {
    session.server.accounts = new FakeAccounts('header');
    const page = await open();
    await page.getByText('You log in at the server in front of this one').waitFor();
    await button(page, 'Retry').waitFor();
  });

  it('comes over the page when the session has ended, and nothing that was written is lost', async () => {
    const { accounts } = populate();
    const page = await openIn('boris');
    await send(page, 'First');
    await finishedAnswer(page);
    await page.waitForTimeout(500); // what is asked for behind an answer would find out first, and the login would take the keys
    accounts.expire();
    await send(page, 'Second');
    await page.getByText('Your session has ended.').waitFor();
    await logIn(page, 'boris');
    await lastAnswer(page).getByText('You said: Second').waitFor();
    assert.deepEqual(asked().map((body) => body.message.content), ['First', 'Second', 'Second']);
    await messageField(page).fill('A draft');
    accounts.expire();
    await page.reload();
    await logIn(page, 'boris');
    await finishedAnswer(page, 2);
    assert.equal(await messageField(page).inputValue(), 'A draft');
  });

  it('of somebody else begins with nothing of the one before', async () => {
    const { accounts } = populate();
    const page = await openIn('boris');
    await send(page, 'Private');
    await finishedAnswer(page);
    await messageField(page).fill('A private draft');
    accounts.expire();
    session.server.cutConnections();
    await page.getByText('Your session has ended.').waitFor();
    await logIn(page, 'anna');
    await page.locator('.door').waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(await messageField(page).inputValue(), '');
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage).filter((key) => /draft|queue|files/.test(key))), []);
  });
});

describe('links', () => {
  it('of an invitation make an account', async () => {
    const { accounts } = populate();
    accounts.invites.set('welcome', { id: 'i1', kind: 'invite', user: '', role: 'user', note: '', expires: Date.now() + 1e6 });
    const page = await openDoor('/invite/welcome');
    await page.getByText('You have been invited.').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('boris');
    await page.getByLabel('New password', { exact: true }).fill(kPassword);
    await button(page, 'Create the account').click();
    await page.getByText('This name is taken.').waitFor();
    await page.getByRole('textbox', { name: 'Name' }).fill('clara');
    await button(page, 'Create the account').click();
    await pageReady(page);
    await send(page, 'Hello');
    await finishedAnswer(page);
    assert.equal(new URL(page.url()).pathname, '/');
    const again = await openDoor('/invite/welcome');
    await again.getByText('This link has been used or has expired.').waitFor();
    await again.getByRole('link', { name: 'To the login' }).click();
    await again.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
  });

  it('for a new password ask for nothing else', async () => {
    const { accounts, boris } = populate();
    accounts.invites.set('anew', { id: 'i2', kind: 'reset', user: boris.id, role: 'user', note: '', expires: Date.now() + 1e6 });
    const page = await openDoor('/invite/anew');
    await page.getByRole('heading', { name: 'A new password for boris' }).waitFor();
    await page.getByLabel('New password', { exact: true }).fill('short');
    await button(page, 'Save').click();
    assert.equal(boris.password, kPassword, 'the browser refuses what is too short');
    await page.getByLabel('New password', { exact: true }).fill('a longer one');
    await button(page, 'Save').click();
    await pageReady(page);
    assert.equal(boris.password, 'a longer one');
  });
});

/** A page that has no message field at first. */
async function openDoor(path) {
  const page = await openPage(session.browser, session.server.url + path, { ready: '.door' });
  session.watch(page);
  return page;
}

describe('a new server', () => {
  it('is set up with the code of its log', async () => {
    session.server.accounts = new FakeAccounts();
    const page = await open();
    await page.getByRole('heading', { name: 'Set up Samovar' }).waitFor();
    await page.getByRole('textbox', { name: 'One-time code' }).fill('WRONG');
    await page.getByRole('textbox', { name: 'Name' }).fill('anna');
    await page.getByLabel('New password', { exact: true }).fill(kPassword);
    await button(page, 'Create the account').click();
    await page.getByText('This is not the code.').waitFor();
    await page.getByRole('textbox', { name: 'One-time code' }).fill('ABCD-2345');
    await button(page, 'Create the account').click();
    await page.locator('.door').waitFor({ state: 'detached' });
    const admin = await openAdmin(page);
    await admin.getByText('(you)').waitFor();
  });
});

describe('a shared conversation', () => {
  it('is shown after the login, in the same place', async () => {
    populate();
    session.server.store.fill('s1', 'About tea', ['Which tea?', 'Black **tea**.'], Date.now());
    session.server.store.change('s1', { shared: 'tok' });
    const page = await openPage(session.browser, `${session.server.url}/share/tok`, { ready: '.door form' });
    session.watch(page);
    await page.getByText('Log in to read the conversation that was shared with you.').waitFor();
    assert.equal(await page.getByText('Which tea?').count(), 0);
    await logIn(page, 'boris', 'wrong');
    await page.getByText('Name or password is wrong.').waitFor();
    await logIn(page, 'boris');
    await page.getByText('Which tea?').waitFor();
    assert.equal(await page.locator('.door, textarea').count(), 0);
    assert.equal(new URL(page.url()).pathname, '/share/tok');
    await page.reload();
    await page.getByText('Which tea?').waitFor();
  });

  it('is what one comes back to from a login elsewhere', async () => {
    session.server.accounts = new FakeAccounts('oidc');
    const page = await openPage(session.browser, `${session.server.url}/share/tok`, { ready: '.door a.main-button' });
    session.watch(page);
    assert.equal(await page.getByRole('link', { name: 'Log in with Example ID' }).getAttribute('href'), '/ui/oidc/start?return=%2Fshare%2Ftok');
  });
});

describe('one’s own account', () => {
  it('has a password that can be changed', async () => {
    const { boris } = populate();
    const page = await openIn('boris');
    const account = await openAccount(page);
    await account.getByText('User', { exact: true }).waitFor();
    assert.equal(await account.getByRole('button', { name: 'Users and access' }).count(), 0);
    await account.getByRole('button', { name: 'Change the password' }).click();
    await account.getByLabel('Current password').fill('not this one');
    await account.getByLabel('New password', { exact: true }).fill('battery staple');
    await account.getByRole('button', { name: 'Change the password' }).click();
    await account.getByText('This is not your current password.').waitFor();
    await account.getByLabel('Current password').fill(kPassword);
    await account.getByRole('button', { name: 'Change the password' }).click();
    await account.getByText('The password is changed.').waitFor();
    assert.equal(boris.password, 'battery staple');
  });

  it('can be taken along, and deleted by its name only', async () => {
    const { accounts } = populate();
    const page = await openIn('boris');
    const account = await openAccount(page);
    const [download] = await Promise.all([page.waitForEvent('download'), account.getByRole('link', { name: 'Export my data' }).click()]);
    assert.ok(download.suggestedFilename() !== '');
    await account.getByRole('button', { name: 'Delete my account' }).click();
    const confirm = account.getByRole('button', { name: 'Delete my account' });
    assert.equal(await confirm.isDisabled(), true);
    await account.getByRole('textbox').fill('boris');
    await confirm.click();
    await page.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
    assert.deepEqual([...accounts.users.values()].map((user) => user.name), ['anna']);
  });

  it('has API keys: made, shown once, copied, revoked', async () => {
    const { accounts, boris } = populate();
    accounts.keys.push({ id: 'annas', name: 'not his', created: Date.now(), expires: 0, user: 'somebody' });
    const page = await openIn('boris', { permissions: ['clipboard-read', 'clipboard-write'] });
    const account = await openAccount(page);
    await account.getByRole('button', { name: 'API keys' }).click();
    await account.getByText('No keys yet.').waitFor();
    await account.getByText(`${session.server.url}/v1`).waitFor();
    await account.getByRole('textbox', { name: 'What the key is for' }).fill('laptop <b>');
    await account.getByRole('combobox', { name: 'Valid for' }).selectOption('30');
    await account.getByRole('button', { name: 'Make a key' }).click();
    await account.getByText('This is the key “laptop <b>”. It is shown only now').waitFor();
    assert.equal(accounts.keys.at(-1).user, boris.id);
    await account.getByRole('button', { name: 'Copy the key' }).click();
    await eventually(async () => assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^sk-samovar-[0-9a-f]{64}$/));
    await account.getByRole('listitem').getByText(/^made .* · until /).waitFor();
    await account.getByRole('textbox', { name: 'What the key is for' }).fill('laptop <b>');
    await account.getByRole('button', { name: 'Make a key' }).click();
    await account.getByText('You have a key of this name already.').waitFor();
    await account.getByRole('button', { name: 'Account' }).click();
    await account.getByRole('button', { name: 'API keys' }).click();
    await account.getByRole('listitem').getByText('laptop <b>').waitFor();
    assert.equal(await account.getByText('sk-samovar-').count(), 0, 'shown once');
    await account.getByRole('button', { name: 'Revoke: laptop <b>' }).click();
    await account.getByText('Programs that use “laptop <b>” are shut out at once.').waitFor();
    await account.getByRole('button', { name: 'Revoke', exact: true }).click();
    await account.getByText('No keys yet.').waitFor();
    assert.deepEqual(accounts.keys.map((key) => key.id), ['annas']);
  });

  it('of the last administrator cannot be deleted', async () => {
    populate();
    const page = await openIn('anna');
    const account = await openAccount(page);
    await account.getByRole('button', { name: 'Delete my account' }).click();
    await account.getByRole('textbox').fill('anna');
    await account.getByRole('button', { name: 'Delete my account' }).click();
    await account.getByText('There must be an administrator left.').waitFor();
  });
});

describe('administrators', () => {
  for (const [name, options] of [
    ['on a desktop', {}],
    ['on a phone', kPhone],
  ]) {
    it(`change roles and quotas, disable, hand out links, delete: ${name}`, async () => {
      const { accounts, anna, boris } = populate();
      const page = await openIn('anna', options);
      const admin = await openAdmin(page);
      await admin.getByText('1,200 tokens today').waitFor();
      await admin.getByRole('button', { name: /^boris/ }).click();
      await admin.getByRole('combobox', { name: 'Role' }).selectOption('admin');
      await eventually(() => assert.equal(boris.role, 'admin'));
      await admin.getByRole('spinbutton', { name: 'Tokens a day' }).fill('50000');
      await page.keyboard.press('Tab');
      await eventually(() => assert.equal(boris.quota_tokens_per_day, 50_000));
      await admin.getByRole('button', { name: 'Link for a new password' }).click();
      await eventually(async () => assert.match(await admin.getByRole('textbox', { name: 'Copy the link' }).inputValue(), /\/invite\/link/));
      await admin.getByRole('button', { name: 'Disable' }).click();
      await admin.getByText('disabled', { exact: true }).waitFor();
      assert.equal(boris.state, 'disabled');
      await admin.getByRole('button', { name: 'Enable' }).click();
      await admin.getByRole('button', { name: 'Delete the account' }).click();
      await admin.getByText('Delete boris with all conversations and files?').waitFor();
      await admin.getByRole('button', { name: 'Delete the account' }).click();
      await eventually(() => assert.equal(accounts.users.size, 1));
      await admin.getByRole('button', { name: /^anna/ }).click();
      await admin.getByRole('combobox', { name: 'Role' }).selectOption('user');
      await admin.getByText('There must be an administrator left.').waitFor();
      assert.equal(anna.role, 'admin');
      assert.equal(await admin.getByRole('combobox', { name: 'Role' }).inputValue(), 'admin');
    });
  }

  it('invite, withdraw, and read what was done', async () => {
    const { accounts } = populate();
    const page = await openIn('anna');
    for (let left = 60; left > 0; left -= 1) accounts.note('mallory', 'login-failed');
    const admin = await openAdmin(page);
    await admin.getByRole('tab', { name: 'Users' }).focus();
    await page.keyboard.press('ArrowRight');
    await admin.getByRole('textbox', { name: /^For whom/ }).fill('Clara <c@example.org>');
    await admin.getByRole('button', { name: 'Make a link' }).click();
    await admin.getByText('Send this link to Clara <c@example.org>.').waitFor();
    await admin.getByRole('listitem').getByText('Clara <c@example.org>').waitFor();
    await admin.getByRole('button', { name: 'Withdraw' }).click();
    await admin.getByText('No open invitations.').waitFor();
    assert.equal(accounts.invites.size, 0);
    await admin.getByRole('tab', { name: 'Log' }).click();
    await admin.getByText('invite-made').waitFor();
    await admin.getByRole('button', { name: 'Show more' }).click();
    await eventually(async () => assert.equal(await admin.locator('tbody tr').count(), accounts.audit.length));
  });

  it('may no longer be so: then that is said', async () => {
    const { anna } = populate();
    const page = await openIn('anna');
    const admin = await openAccount(page);
    anna.role = 'user';
    await admin.getByRole('button', { name: 'Users and access' }).click();
    await page.getByText('You may not do that.').waitFor();
  });
});

describe('the screens around accounts', () => {
  for (const [name, options] of [
    ['on a desktop, light', { colorScheme: 'light' }],
    ['on a phone, dark', { ...kPhone, colorScheme: 'dark' }],
    ['at 320 px, light', { ...kPhone, viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ]) {
    it(`have nothing serious for axe-core, and fit: ${name}`, async () => {
      const { accounts } = populate();
      const page = await open(options);
      const check = async () => {
        assert.deepEqual(await axeProblems(page), []);
        const width = await page.evaluate(() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('dialog[open]')].map((dialog) => dialog.scrollWidth)));
        assert.ok(width <= page.viewportSize().width, `${width} px`);
      };
      await page.getByRole('heading', { name: 'Log in to Samovar' }).waitFor();
      await check();
      await logIn(page, 'anna');
      await page.locator('.door').waitFor({ state: 'detached' });
      const account = await openAccount(page);
      await check();
      await account.getByRole('button', { name: 'Change the password' }).click();
      await check();
      await account.getByRole('button', { name: 'Cancel' }).click();
      accounts.note('anna', 'user-changed', 'a-user-with-a-name-that-has-no-place-to-break-anywhere', 'role admin, 50000 tokens a day');
      await account.getByRole('button', { name: 'Users and access' }).click();
      const admin = page.getByRole('dialog', { name: 'Users and access' });
      await admin.getByRole('button', { name: /^boris/ }).click();
      await check();
      await admin.getByRole('tab', { name: 'Invitations' }).click();
      await check();
      await admin.getByRole('tab', { name: 'Log' }).click();
      await admin.getByText('user-changed').waitFor();
      await check();
    });
  }

  it('speak all twelve languages, chosen before the login, right to left too', async () => {
    populate();
    const page = await open({ locale: 'ru-RU' });
    await page.getByRole('heading', { name: 'Вход в Samovar' }).waitFor();
    const picker = page.locator('.language select');
    for (const language of await picker.locator('option').evaluateAll((list) => list.map((option) => option.value))) {
      await picker.selectOption(language);
      await eventually(async () => assert.equal(await page.evaluate(() => document.documentElement.lang), language));
      assert.ok((await page.locator('h1').last().textContent()).includes('Samovar'), language);
      const width = await page.locator('.door').evaluate((door) => door.scrollWidth);
      assert.ok(width <= 1280, `${language}: ${width}`);
    }
    assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  });
});
