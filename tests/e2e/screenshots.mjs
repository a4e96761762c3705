// Makes docs/screenshots/*.png from the page and the scripted server. Run after `npm run build` in web/:
//   node tests/e2e/screenshots.mjs [FOLDER]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { finishedAnswer, launchBrowser, messageField, openPage, send } from './browser.mjs';
import { FakeAccounts } from './fake_accounts.mjs';
import { startFakeServer } from './fake_server.mjs';

const kFolder = process.argv[2] ?? fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
const kQuestion = 'How long does a samovar need to boil five litres on a 2 kW fire? Give me the code too.';
const kQuestionRu = 'Сколько времени закипают пять литров в самоваре мощностью 2 кВт?';
const kAnswerRu = `Около **25 минут**, если до воды доходит 60 % тепла.

1. Нагреть пять литров от 15 до 100 °C — это 1,78 МДж.
2. Полезная мощность — 1,2 кВт.
3. Делим одно на другое: **1483 секунды**.

\`\`\`python
print(4186 * 5 * 85 / (0.6 * 2000) / 60)  # 24.7
\`\`\`

| Литры | Минуты |
| ---: | ---: |
| 2 | 9,9 |
| 5 | 24,7 |
`;

const kSlowAnswer = `A samovar is a metal urn with a **tube** through its middle. Dry twigs and charcoal burn in that tube, and the water around it takes up the heat on every side, so little is lost.

1. Fill the body with water first: an empty samovar melts its solder.
2. Light the twigs, and put the chimney on for the draught.
3. When it sings, take the chimney off and set the teapot on the crown, where the last heat keeps the tea warm for hours without boiling it. The tap at the bottom gives hot water to thin the strong tea in each cup.
`;

const kRendering = `The heat needed is \\(Q = m c \\,\\Delta T\\), so the time is

\\[ t = \\frac{m\\, c\\, (100 - T_0)}{\\eta P} \\]

and charcoal for it costs $2 to $3.[^1]

> [!TIP]
> A lid saves about a fifth of the time.

- [x] water in first
- [ ] then the fire

\`\`\`mermaid
graph LR
  Fire --> Tube --> Water --> Tea
\`\`\`

[^1]: Where charcoal is cheap.
`;

const server = await startFakeServer();
const browser = await launchBrowser();
await mkdir(kFolder, { recursive: true });

async function shot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(350); // colours of code, and sheets that slide
  await page.screenshot({ path: path.join(kFolder, `${name}.png`), animations: 'disabled' });
  console.log(name);
}

async function shoot(name, options, play) {
  const page = await openPage(browser, server.url, { viewport: { width: 1280, height: 900 }, ...options });
  await play(page);
  await shot(page, name);
  await page.context().close();
  for (const id of server.store.chats.keys()) if (!id.startsWith('old')) server.store.chats.delete(id);
}

async function ask(page, text, count) {
  await messageField(page).fill(text);
  await page.locator('form.box button[type=submit]').click();
  await finishedAnswer(page, count);
}

server.say(kQuestion, 'code');
server.say('And with a lid?', 'refuse');
server.say('Which tea should I try first?', 'Try a **Ceylon** first: bright, plain, and good with lemon. Then a smoky *Lapsang*, which is what a samovar was made for.');
server.say('ما أفضل شاي؟', 'جرّب أولًا شاي **سيلان**: صافٍ وبسيط ومناسب مع الليمون.\n\n1. اغلِ الماء.\n2. انتظر أربع دقائق.');
server.say('Show me what you can do.', kRendering);
server.say('Tell me how a samovar works.', { text: kSlowAnswer, rate: 60 });
server.say(kQuestionRu, kAnswerRu);
server.say('And for seven litres from ice-cold water?', 'From 2 °C, seven litres take longer: the difference is now **98 degrees**, so the fire has to bring 2.87 MJ into the water. At 1.2 kW of useful power that is about 40 minutes.');

try {
  const day = 86_400_000;
  const { store } = server;
  store.fill('old1', 'Письмо хозяину квартиры', ['…', '…'], Date.now() - 3600_000);
  store.fill('old2', 'Regex for Russian phone numbers', ['…', '…'], Date.now() - day);
  store.fill('old3', 'Tea for twelve guests', ['How much tea for twelve?', 'Take 25 g of black tea for a pot of two litres, and let everybody thin it from the samovar.'], Date.now() - day);
  store.fill('old4', 'План поездки в Тулу', ['…', '…'], Date.now() - 5 * day);
  store.change('old4', { folder: 'travel', tags: [] });
  store.change('old2', { tags: ['code'] });
  await shoot('welcome', { colorScheme: 'light' }, async () => undefined);
  for (const theme of ['light', 'dark']) {
    await shoot(theme, { colorScheme: theme }, async (page) => {
      await ask(page, kQuestion, 1);
      await ask(page, 'And for seven litres from ice-cold water?', 2);
      await messageField(page).blur();
    });
  }
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
  await shoot('phone', phone, (page) => ask(page, kQuestion, 1));
  await shoot('phone-drawer', phone, async (page) => {
    await ask(page, kQuestion, 1);
    await page.getByRole('button', { name: 'Open conversations' }).click();
  });
  await shoot('russian', { locale: 'ru-RU' }, (page) => ask(page, kQuestionRu, 1));
  await shoot('error', {}, async (page) => {
    await ask(page, 'And for seven litres from ice-cold water?', 1);
    await send(page, 'And with a lid?');
    await page.getByRole('button', { name: 'Retry' }).waitFor();
  });
  await shoot('queue', {}, async (page) => {
    await send(page, 'Tell me how a samovar works.');
    await page.getByText('charcoal').waitFor();
    await send(page, 'How much charcoal do I need?');
    await messageField(page).fill('And which wood is best?');
    await page.getByText('crown').waitFor();
  });
  await shoot('settings', {}, (page) => page.getByRole('button', { name: 'Settings', exact: true }).click());
  await shoot('models', { colorScheme: 'dark' }, async (page) => {
    await page.getByRole('button', { name: /Choose a model/ }).click();
    await page.getByRole('textbox', { name: 'Fetch a model' }).fill('qwen3:0.6b');
    await page.keyboard.press('Enter');
    await page.getByText(/ of 250 MB/).waitFor();
  });
  await shoot('temperature', {}, (page) => page.getByRole('button', { name: /^Temperature/ }).click());
  await shoot('versions', {}, async (page) => {
    await ask(page, 'Which tea should I try first?', 1);
    await page.getByRole('button', { name: 'Answer again' }).click();
    await page.getByRole('group', { name: 'Version 2 of 2' }).waitFor();
    await page.getByRole('button', { name: 'Good answer' }).click();
  });
  await shoot('rendering', {}, async (page) => {
    await ask(page, 'Show me what you can do.', 1);
    await page.getByRole('button', { name: /^Preview/ }).click();
    await page.frameLocator('.preview-mermaid').locator('svg').first().waitFor();
    await page.locator('.scroller').evaluate((box) => box.scrollTo(0, 0));
  });
  await shoot('compare', {}, async (page) => {
    await page.getByRole('button', { name: /Choose a model/ }).click();
    await page.getByRole('combobox', { name: 'Compare with' }).selectOption('gemma3:270m');
    await page.keyboard.press('Escape');
    await send(page, 'Which tea should I try first?');
    await page.locator('.pair article [data-metric=seconds]').nth(1).waitFor();
  });
  await shoot('search', { colorScheme: 'dark' }, async (page) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('tea');
    await page.locator('nav .hit').first().waitFor();
  });
  await shoot('status', {}, async (page) => {
    await page.getByRole('button', { name: 'Server status' }).click();
    await page.locator('canvas').nth(3).waitFor();
  });
  server.upstreams = [
    { place: 'http://box-1:11434', up: true, problem: '', running: 2, answered: 1040, failed: 0, moved: 0 },
    { place: 'http://box-2:11434', up: false, problem: 'connection refused', running: 0, answered: 12, failed: 3, moved: 2 },
  ];
  await shoot('servers', { ...phone, locale: 'ru-RU' }, async (page) => {
    await page.getByRole('button', { name: 'Показать беседы' }).click();
    await page.getByRole('button', { name: 'Состояние сервера' }).click();
    await page.locator('canvas').nth(3).waitFor();
    await page.locator('dialog[open] .body').evaluate((box) => box.scrollTo(0, 99_999));
  });
  await shoot('help', { colorScheme: 'dark' }, (page) => page.keyboard.press('Control+/'));
  await shoot('arabic', { locale: 'ar' }, (page) => ask(page, 'ما أفضل شاي؟', 1));
  await shoot('file', {}, async (page) => {
    const notes = '# Tea for twelve\n\n- 25 g of black tea for a pot of two litres\n- everybody thins it from the samovar\n';
    await page.locator('input[type=file]').first().setInputFiles({ name: 'tea.md', mimeType: 'text/markdown', buffer: Buffer.from(notes) });
    await page.getByRole('button', { name: 'Show tea.md' }).click();
    await page.getByText('everybody thins it').waitFor();
  });
  server.accounts = new FakeAccounts();
  await shoot('setup', { locale: 'ru-RU', ready: '.door form' }, async () => undefined);
  server.accounts.add('anna', 'correct horse', { role: 'admin', email: 'anna@example.org', tokens_today: 18_400 });
  server.accounts.add('boris', 'correct horse', { last_seen: Date.now() - 3600_000, tokens_today: 1200, quota_tokens_per_day: 50_000 });
  server.accounts.add('clara', 'correct horse', { state: 'disabled' });
  server.accounts.add('Дмитрий', '', { state: 'invited' });
  const logIn = async (page) => {
    await page.getByRole('textbox', { name: 'Name' }).fill('anna');
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('.door').waitFor({ state: 'detached' });
  };
  await shoot('login', { ready: '.door form' }, async () => undefined);
  await shoot('phone-account', { ...phone, colorScheme: 'dark' }, async (page) => {
    await logIn(page);
    await page.getByRole('button', { name: 'Open conversations' }).click();
    await page.getByRole('button', { name: /^Account/ }).click();
  });
  await shoot('keys', {}, async (page) => {
    await logIn(page);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'API keys' }).click();
    for (const name of ['home server', 'laptop']) {
      await page.getByRole('textbox', { name: 'What the key is for' }).fill(name);
      await page.getByRole('button', { name: 'Make a key' }).click();
      await page.getByText(`This is the key “${name}”`).waitFor();
    }
  });
  await shoot('users', {}, async (page) => {
    await logIn(page);
    await page.getByRole('button', { name: /^Account/ }).click();
    await page.getByRole('button', { name: 'Users and access' }).click();
    await page.getByRole('button', { name: /^boris/ }).click();
  });
} finally {
  await browser.close();
  await server.close();
}
