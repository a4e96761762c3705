// A stand-in for Samovar's page server that misbehaves on request: it serves web/dist and speaks
// docs/page-api.md. The message's text chooses the behaviour (kScripts); tests change the rest through
// the returned object. `node tests/e2e/fake_server.mjs [PORT]` runs it by itself.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const kRoot = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const kDist = path.join(kRoot, 'web/dist');
export const kPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; " +
  "object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const kPreviewPolicy =
  "sandbox allow-scripts; default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
const kImagePolicy =
  "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'self'; img-src https: http:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";
const policyOf = (path) => (path === '/frame/image.html' ? kImagePolicy : path.startsWith('/frame/') ? kPreviewPolicy : kPolicy);
const kTypes = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

const kCode = `About **25 minutes**, if 60 % of the heat reaches the water. The energy needed is the mass times the heat capacity times the temperature difference; divide it by the useful power.

\`\`\`python
def boil_time(mass_kg, start_c, power_w, share=0.6):
    """Seconds until the water boils."""
    return 4186 * mass_kg * (100 - start_c) / (share * power_w)

print(boil_time(5, 15, 2000) / 60)  # 24.7 minutes
\`\`\`

| Litres | Minutes |
| ---: | ---: |
| 2 | 9.9 |
| 5 | 24.7 |

- With a **lid** it is about a fifth faster.
- Change \`share\` for your own samovar.
`;
const kHostile =
  'Hello <script>window.hacked = 1</script> <img src=x onerror="window.hacked = 1">\n\n' +
  '[click](javascript:window.hacked=1) ![picture](http://example.com/track.png)\n\n<b>not bold</b>\n';
const kMany = Array.from({ length: 2000 }, (_, index) => ` word${index}`).join('');

/** Message text → what happens. `rate`: milliseconds between tokens; `cutAt`: tokens until the socket is cut. */
const kScripts = {
  code: { text: kCode, rate: 8 },
  hostile: { text: kHostile, rate: 1 },
  many: { text: kMany, rate: 0 },
  slow: { text: Array.from({ length: 400 }, (_, index) => `word${index} `).join(''), rate: 25 },
  lines: { text: Array.from({ length: 120 }, (_, index) => `Line ${index}\n\n`).join(''), rate: 15 },
  cut: { text: 'This answer breaks off in the middle of', rate: 5, cutAt: 6 },
  fail: { text: 'It began well, and then', rate: 5, failAt: 4, code: 'unavailable', message: 'the engine stopped' },
  long: { text: 'An answer that reaches its limit', rate: 2, reason: 'length' },
  queue: { text: 'It was my turn at last.', rate: 5, queue: [3, 2, 1] },
  load: { text: 'The model is in memory now.', rate: 5, load: true },
  empty: { text: '', rate: 1 },
};
const kErrors = {
  refuse: [503, 'unavailable', 'http://10.0.0.5:11434 refused the connection'],
  busy: [503, 'busy', 'the queue is full: 64 requests wait'],
  memory: [507, 'out-of-memory', 'the model needs 3.1 GB, 1.2 GB are free'],
  toolong: [400, 'too-long', 'the prompt has 9000 tokens, the context holds 8192'],
};

export const kModels = [
  { name: 'smollm2:135m', size_bytes: 98362432, parameter_size: '134.52M', quantization: 'Q4_1', family: 'llama', context_length: 8192, loaded: true },
  { name: 'gemma3:270m', size_bytes: 253115072, parameter_size: '268.10M', quantization: 'Q4_K_M', family: 'gemma3', context_length: 32768, loaded: false },
];

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function readBody(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return pieces.length === 0 ? {} : JSON.parse(Buffer.concat(pieces).toString('utf8'));
}

function sendJson(response, status, value) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
}

function sendError(response, status, code, message) {
  sendJson(response, status, { error: { code, message } });
}

async function welcome() {
  const read = (name) => readFile(path.join(kRoot, name), 'utf8').catch(() => '');
  return { en: await read('chainlit.md'), ru: await read('chainlit_ru.md') };
}

class FakeServer {
  models = structuredClone(kModels);
  requests = []; // {path, body} of every POST and DELETE
  heals = new Set(); // texts whose fault goes away on retry
  refuseConfig = false;
  lastByteAt = 0; // performance.now() of the end of the last answer
  manual = false; // places in line and loading wait for advance()
  #advance = null;
  #said = new Map(); // question → script
  #chats = new Map(); // id → last user text
  #running = new Map(); // id → {stopped}
  #server = createServer((request, response) => void this.#route(request, response).catch(() => response.destroy()));
  #sockets = new Set();

  async listen(port = 0) {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** `question` is answered with `answer`: the name of a script or error, a script, or text. */
  say(question, answer) {
    const script = typeof answer === 'string' ? (kScripts[answer] ?? { text: answer, rate: 8 }) : answer;
    this.#said.set(question, kErrors[answer] === undefined ? script : { error: kErrors[answer] });
  }

  advance() {
    this.#advance?.();
  }

  #step() {
    return this.manual ? new Promise((resolve) => (this.#advance = resolve)) : wait(700);
  }

  /** Like a killed process: every connection breaks, the port refuses. */
  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #route(request, response) {
    const { pathname } = new URL(request.url, 'http://x');
    response.setHeader('Content-Security-Policy', policyOf(pathname));
    if (pathname === '/ui/config') return this.#config(response);
    if (pathname === '/ui/models') return sendJson(response, 200, { models: this.models });
    const [, id, act] = /^\/ui\/chats\/([A-Za-z0-9_-]{1,64})(?:\/(\w+))?$/.exec(pathname) ?? [];
    if (id !== undefined) return this.#chat(request, response, id, act ?? 'delete');
    return this.#file(request, response, pathname === '/' ? '/index.html' : pathname);
  }

  async #config(response) {
    if (this.refuseConfig) return sendError(response, 500, 'internal', 'the configuration is broken');
    return sendJson(response, 200, {
      name: 'Samovar',
      version: '0.1.0',
      backend: { kind: 'engine', place: 'built-in engine' },
      default_model: 'smollm2:135m',
      defaults: { temperature: 0.2, max_tokens: 1024, system_prompt: '' },
      limits: { temperature: { min: 0, max: 2 }, max_tokens: { min: 1, max: 8192 }, message_bytes: 1048576 },
      welcome: await welcome(),
    });
  }

  async #file(request, response, pathname) {
    const name = path.join(kDist, path.normalize(pathname));
    const brotli = /\bbr\b/.test(request.headers['accept-encoding'] ?? '');
    response.setHeader('Content-Type', kTypes[path.extname(name)] ?? 'application/octet-stream');
    response.setHeader('Cache-Control', pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    try {
      const packed = brotli ? await readFile(`${name}.br`).catch(() => null) : null;
      if (packed !== null) response.setHeader('Content-Encoding', 'br');
      response.end(packed ?? (await readFile(name)));
    } catch {
      response.writeHead(404).end();
    }
  }

  async #chat(request, response, id, act) {
    const body = await readBody(request);
    this.requests.push({ path: `${id}/${act}`, act, body });
    if (act === 'delete') return response.writeHead(204).end();
    if (act === 'stop') {
      const run = this.#running.get(id);
      if (run !== undefined) run.stopped = true;
      return response.writeHead(204).end();
    }
    const text = act === 'retry' ? (this.#chats.get(id) ?? body.history.at(-1)?.content) : body.text;
    if (!this.models.some((model) => model.name === body.model)) {
      return sendError(response, 404, 'not-found', `model '${body.model}' not found`);
    }
    const healed = act === 'retry' || this.#chats.get(`asked ${id} ${text}`);
    this.#chats.set(`asked ${id} ${text}`, true);
    const error = this.#said.get(text)?.error ?? kErrors[text];
    if (error !== undefined && !(healed && this.heals.has(text))) return sendError(response, ...error);
    this.#chats.set(id, text);
    const script = this.#said.get(text) ?? kScripts[text] ?? { text: this.#echo(text, body), rate: 2 };
    return this.#answer(response, id, body.model, healed && this.heals.has(text) ? { text: 'Now it works.', rate: 2 } : script);
  }

  #echo(text, body) {
    const known = body.history?.length ?? 0;
    return `You said: ${text}\n\nI see ${known} earlier messages.`;
  }

  async #answer(response, id, model, script) {
    const run = { stopped: false };
    this.#running.set(id, run);
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    const emit = (event) => response.write(`${JSON.stringify(event)}\n`);
    emit({ type: 'run-started', run: `r${this.requests.length}`, model });
    for (const place of script.queue ?? []) {
      emit({ type: 'queue-place', place });
      await this.#step();
    }
    if (script.load) {
      emit({ type: 'model-loading' });
      await this.#step();
    }
    emit({ type: 'text-start' });
    const started = Date.now();
    const tokens = script.text.match(/\s*\S+\s*?|\s+/g) ?? [];
    let characters = 0;
    let sent = 0;
    const figures = () => {
      const seconds = Math.max(0.001, (Date.now() - started) / 1000);
      return { seconds, characters, tokens: sent, tokens_per_second: sent / seconds };
    };
    for (const token of tokens) {
      if (run.stopped || response.destroyed) break;
      if (sent === script.cutAt) {
        await wait(500); // a browser drops what it has not read yet when a connection breaks
        return response.destroy();
      }
      if (sent === script.failAt) return response.end(`${JSON.stringify({ type: 'run-failed', code: script.code, message: script.message })}\n`);
      emit({ t: token });
      characters += token.length;
      sent += 1;
      if (script.rate > 0) await wait(script.rate);
    }
    if (run.stopped) emit({ type: 'run-stopped', ...figures() });
    else emit({ type: 'stats-final', ...figures(), first_token_seconds: 0.31, prompt_tokens: 37, cached_tokens: 12, context_tokens: 37 + sent, context_length: 8192, reason: script.reason ?? 'stop' });
    this.#running.delete(id);
    response.end();
    this.lastByteAt = performance.now();
  }
}

export async function startFakeServer(port = 0) {
  return new FakeServer().listen(port);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startFakeServer(Number(process.argv[2] ?? 8090));
  console.log(`fake server: ${server.url}`);
}
