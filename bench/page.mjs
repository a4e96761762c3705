// What the chat page costs a browser: size of the first load, time to a usable input, renderer CPU per token.
// Real Chromium against the scripted server of the end-to-end tests. After `npm run build` in web/:
//   node bench/page.mjs [ROUNDS]
// Renderer CPU is Chromium's own process accounting, so other load on the machine touches it little.
import { launchBrowser, messageField, pageReady } from '../tests/e2e/browser.mjs';
import { startFakeServer } from '../tests/e2e/fake_server.mjs';

const kRounds = Number(process.argv[2] ?? 3);
const kStreams = [
  { name: '2,000 tokens at full speed', tokens: 2000, rate: 0 },
  { name: '1,000 tokens at 50 a second', tokens: 1000, rate: 20 },
];

const server = await startFakeServer();
const browser = await launchBrowser();
const system = await browser.newBrowserCDPSession();

/** Seconds of CPU that renderer processes have used. */
async function rendererSeconds() {
  const { processInfo } = await system.send('SystemInfo.getProcessInfo');
  return processInfo.filter((info) => info.type === 'renderer').reduce((sum, info) => sum + info.cpuTime, 0);
}

/** Runs in the page before its own scripts: notes when the input can be used, and when all of the page is there. */
function watchInput() {
  const look = () => {
    const field = document.querySelector('#message');
    if (field !== null && !field.disabled) globalThis.inputReady ??= performance.now();
    if (document.querySelector('.page #message') !== null) globalThis.pageReady = performance.now();
    else requestAnimationFrame(look);
  };
  look();
}

async function withPage(work) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en-GB' });
  const page = await context.newPage();
  await page.addInitScript(watchInput);
  await page.goto(server.url);
  await pageReady(page);
  await page.waitForTimeout(400);
  const result = await work(page);
  await context.close();
  return result;
}

function measureLoad(page) {
  return page.evaluate(() => {
    const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    return {
      bytes: entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
      requests: entries.length,
      hosts: new Set(entries.map((entry) => new URL(entry.name).host)).size - 1,
      input: globalThis.inputReady,
      page: globalThis.pageReady,
      paint: paint?.startTime ?? 0,
    };
  });
}

async function measureStream(page, stream) {
  const question = `bench ${stream.tokens} ${stream.rate}`;
  const words = Array.from({ length: stream.tokens }, (_, index) => `word${String(index % 1000).padStart(2, '0')} `);
  server.say(question, { text: words.join(''), rate: stream.rate });
  await messageField(page).fill(question);
  const before = await rendererSeconds();
  const begun = performance.now();
  await page.keyboard.press('Enter');
  await page.locator('[data-metric=seconds]').waitFor({ timeout: 120_000 });
  const done = performance.now();
  await page.waitForTimeout(300);
  const cpu = (await rendererSeconds()) - before;
  return { cpu: (cpu * 1000) / stream.tokens, late: done - server.lastByteAt, wall: done - begun };
}

/** The least that this browser spends on growing text: a bare paragraph that gets a word 50 times a second. */
async function measureBareText() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  await page.setContent('<!doctype html><body style="font: 16px sans-serif"><p></p>');
  const words = 1000;
  const before = await rendererSeconds();
  await page.evaluate((count) => new Promise((resolve) => {
    const text = document.querySelector('p').appendChild(document.createTextNode(''));
    const timer = setInterval(() => {
      text.appendData(`word${String(text.length % 1000).padStart(2, '0')} `);
      scrollTo(0, document.body.scrollHeight);
      count -= 1;
      if (count > 0) return;
      clearInterval(timer);
      resolve();
    }, 20);
  }), words);
  const cpu = (await rendererSeconds()) - before;
  await context.close();
  return (cpu * 1000) / words;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function row(name, values, digits, unit) {
  const show = (value) => value.toFixed(digits);
  console.log(`| ${name} | ${show(median(values))} ${unit} | ${show(Math.min(...values))}–${show(Math.max(...values))} |`);
}

try {
  console.log('| what | median | lowest–highest |\n| --- | --- | --- |');
  const loads = [];
  for (let round = 0; round < kRounds; round += 1) loads.push(await withPage(measureLoad));
  row('first load, compressed', loads.map((load) => load.bytes / 1000), 1, 'kB');
  row('requests', loads.map((load) => load.requests), 0, '');
  row('foreign hosts', loads.map((load) => load.hosts), 0, '');
  row('first paint', loads.map((load) => load.paint), 0, 'ms');
  row('whole page', loads.map((load) => load.page), 0, 'ms');
  row('usable input', loads.map((load) => load.input), 0, 'ms');
  for (const stream of kStreams) {
    const runs = [];
    for (let round = 0; round < kRounds; round += 1) runs.push(await withPage((page) => measureStream(page, stream)));
    row(`${stream.name}: renderer CPU a token`, runs.map((run) => run.cpu), 3, 'ms');
    row(`${stream.name}: shown after the last byte`, runs.map((run) => run.late), 0, 'ms');
  }
  const bare = [];
  for (let round = 0; round < kRounds; round += 1) bare.push(await measureBareText());
  row('a bare paragraph that gets 50 words a second: renderer CPU a word', bare, 3, 'ms');
} finally {
  await browser.close();
  await server.close();
}
