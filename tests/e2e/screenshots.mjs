// Makes docs/screenshots/*.png from the page and the scripted server. Run after `npm run build` in web/:
//   node tests/e2e/screenshots.mjs [FOLDER]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { finishedAnswer, launchBrowser, messageField, openPage, send } from './browser.mjs';
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
}

async function ask(page, text, count) {
  await messageField(page).fill(text);
  await page.locator('form button[type=submit]').click();
  await finishedAnswer(page, count);
}

server.say(kQuestion, 'code');
server.say('And with a lid?', 'refuse');
server.say('Tell me how a samovar works.', { text: kSlowAnswer, rate: 60 });
server.say(kQuestionRu, kAnswerRu);
server.say('And for seven litres from ice-cold water?', 'From 2 °C, seven litres take longer: the difference is now **98 degrees**, so the fire has to bring 2.87 MJ into the water. At 1.2 kW of useful power that is about 40 minutes.');

try {
  await shoot('welcome', { colorScheme: 'light' }, async () => undefined);
  for (const theme of ['light', 'dark']) {
    await shoot(theme, { colorScheme: theme }, async (page) => {
      await ask(page, 'Write a letter to my landlord', 1);
      await page.keyboard.press('Control+Shift+O');
      await ask(page, 'Explain HAProxy timeouts', 1);
      await page.keyboard.press('Control+Shift+O');
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
  await shoot('models', { colorScheme: 'dark' }, (page) => page.getByRole('button', { name: /Choose a model/ }).click());
  await shoot('temperature', {}, (page) => page.getByRole('button', { name: /^Temperature/ }).click());
} finally {
  await browser.close();
  await server.close();
}
