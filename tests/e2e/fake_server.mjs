// A stand-in for Samovar's page server that misbehaves on request: it serves web/dist and speaks
// docs/page-api.md. The message's text chooses the behaviour (kScripts); tests change the rest through
// the returned object. `node tests/e2e/fake_server.mjs [PORT]` runs it by itself.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FakeStore, makeId } from './fake_store.mjs';

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
  think: { text: 'So it is four.', thoughts: 'Two and two make four.', rate: 5 },
  full: { text: 'I only see the last of it.', rate: 5, unseen: true },
  unsaved: { text: 'Kept in memory.', rate: 5, saved: false },
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

async function readBytes(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
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
  requests = []; // {path, act, body} of every POST, PATCH, PUT and DELETE
  heals = new Set(); // texts whose fault goes away on retry
  refuseConfig = false;
  lastByteAt = 0; // performance.now() of the end of the last answer
  manual = false; // places in line and loading wait for advance()
  mostCharacters = Infinity; // of a question; longer ones do not fit the model's context
  forgotten = false; // the browser's identity: everything answers 401 until the configuration is asked for
  extra = {}; // added to the configuration
  delays = {}; // milliseconds before an answer begins, by what is asked for: config, models, chat, list, feed, attachments
  upstreams = []; // on the status sheet
  refuseImport = null; // a message: then a file to import is no export
  skipped = []; // what an import leaves out
  accounts = null; // a FakeAccounts: then only those come in
  #advance = null;
  #said = new Map(); // question → script
  #asked = new Set();
  #runs = new Map(); // id → {chat, answer, events, stopped, listeners}
  #server = createServer((request, response) => void this.#route(request, response).catch(() => response.destroy()));
  #sockets = new Set();

  constructor(store) {
    this.store = store;
  }

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

  /** `question` (text, or a pattern) is answered with `answer`: the name of a script or error, a script, or text. */
  say(question, answer) {
    const script = typeof answer === 'string' ? (kScripts[answer] ?? { text: answer, rate: 8 }) : answer;
    this.#said.set(question, kErrors[answer] === undefined ? script : { error: kErrors[answer] });
  }

  advance() {
    this.#advance?.();
  }

  #step(ms = 700) {
    return this.manual ? new Promise((resolve) => (this.#advance = resolve)) : wait(ms);
  }

  /** Like a killed process: every connection breaks, the port refuses. */
  async close() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Breaks every connection that is open now, as a network does. */
  cutConnections() {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #route(request, response) {
    const url = new URL(request.url, 'http://x');
    const { pathname } = url;
    response.setHeader('Content-Security-Policy', policyOf(pathname));
    if (!/^\/(ui|api)\//.test(pathname)) return this.#file(request, response, /^\/(?:$|share\/|invite\/)/.test(pathname) ? '/index.html' : pathname);
    const bytes = await readBytes(request);
    const json = (request.headers['content-type'] ?? '').startsWith('application/json');
    const body = json && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : {};
    const parts = pathname.split('/').slice(2).map(decodeURIComponent);
    if (request.method !== 'GET') this.requests.push({ path: pathname, act: actOf(request.method, parts), body });
    const call = { request, response, method: request.method, parts, body, bytes, query: url.searchParams };
    if (request.method === 'GET' || parts[0] === 'attachments') await wait(this.delays[parts[0] === 'chats' ? (parts.length > 1 ? 'chat' : 'list') : parts[0]] ?? 0);
    if (this.accounts !== null && this.#answeredByAccounts(call)) return undefined;
    if (parts[0] === 'session') return sendJson(response, 200, { mode: 'open', user: null, needs: null, oidc: null, logout_url: '', first_run: false, name: 'Samovar', look: {} });
    if (parts[0] === 'config') {
      this.forgotten = false;
      return this.#config(response);
    }
    if (this.forgotten && pathname.startsWith('/ui/')) return sendError(response, 401, 'unauthorized', 'no cookie: ask for /ui/config first, with cookies allowed');
    if (parts[0] === 'models') return sendJson(response, 200, { models: this.models });
    if (parts[0] === 'feed') return this.#feed(call);
    if (parts[0] === 'runs') return this.#run(call);
    if (parts[0] === 'chats' && parts[2] === 'runs') return this.#ask(call);
    if (parts[0] === 'chats' && parts[2] === 'stop') {
      for (const run of this.#runs.values()) if (run.chat === parts[1]) run.stopped = true;
      return response.writeHead(204).end();
    }
    if (pathname === '/api/pull') return this.#pull(call);
    if (pathname === '/api/delete') {
      this.models = this.models.filter((model) => model.name !== body.model);
      return response.writeHead(200).end();
    }
    if (parts[0] === 'import' && this.refuseImport !== null) return sendError(response, 400, 'invalid-argument', this.refuseImport);
    return answerStore(this.store, { ...call, upstreams: this.upstreams, skipped: this.skipped });
  }

  /** Logins, what administrators do, and 401 for everybody else. */
  #answeredByAccounts({ request, response, method, parts, body, query }) {
    const user = this.accounts.who(request);
    let answer = this.accounts.door(method, parts, body, request);
    answer ??= user === null ? { status: 401, body: { error: { code: 'unauthorized', message: 'log in first' } } } : this.accounts.call(method, parts, body, user, query);
    if (answer === null) return false;
    if (answer.cookie !== undefined) response.setHeader('Set-Cookie', `samovar_session=${answer.cookie}; Path=/; HttpOnly; SameSite=Lax${answer.cookie === '' ? '; Max-Age=0' : ''}`);
    if (answer.status === 204) response.writeHead(204).end();
    else sendJson(response, answer.status, answer.body);
    return true;
  }

  #feed({ request, response, query }) {
    const stale = query.has('boot') && query.get('boot') !== this.store.boot;
    const after = query.has('after') && !stale ? Number(query.get('after')) : this.store.feedLength;
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write(`${JSON.stringify({ type: 'feed', n: after, boot: this.store.boot })}\n`);
    if (stale) response.write('{"type":"reset"}\n');
    const end = this.store.listen(after, (event) => response.write(`${JSON.stringify(event)}\n`));
    request.on('close', end);
    response.on('close', end);
  }

  async #pull({ response, body, request }) {
    let gone = false;
    response.on('close', () => (gone = true));
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    response.write('{"status":"pulling manifest"}\n');
    if (body.model === 'nowhere') return response.end('{"error":"pull model manifest: file does not exist"}\n');
    for (let step = 1; step <= 10 && !gone; step += 1) {
      response.write(`${JSON.stringify({ status: 'pulling abc', digest: 'sha256:abc', total: 250e6, completed: 25e6 * step })}\n`);
      await this.#step(160);
    }
    if (gone) return undefined;
    this.models.push({ ...kModels[1], name: body.model });
    return response.end('{"status":"success"}\n');
  }

  async #config(response) {
    if (this.refuseConfig) return sendError(response, 500, 'internal', 'the configuration is broken');
    return sendJson(response, 200, {
      name: 'Samovar',
      version: '0.1.0',
      backend: { kind: 'engine', place: 'built-in engine' },
      default_model: 'smollm2:135m',
      defaults: { temperature: 0.2, max_tokens: 1024, system_prompt: '' },
      limits: {
        temperature: { min: 0, max: 2 }, max_tokens: { min: 1, max: 8192 }, top_p: { min: 0, max: 1 }, top_k: { min: 0, max: 1000 }, min_p: { min: 0, max: 1 },
        repeat_penalty: { min: 0, max: 2 }, context: { min: 256, max: 131072 }, stop: { count: 8, bytes: 200 }, message_bytes: 1048576, attachment_bytes: 20971520,
      },
      welcome: await welcome(),
      history: { stored: true, shared: false, notice: '' },
      features: { share: true, attachments: ['text', 'markdown', 'code', 'csv', 'json', 'pdf', 'docx'], pull: true, delete_models: true, settings: true, feedback: true },
      look: { logo: '', accent: '', accent_dark: '', css: '' },
      profiles: [], starters: [], links: [], commands: [],
      ...this.extra,
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

  /** POST /ui/chats/{id}/runs */
  #ask({ response, parts, body }) {
    const id = parts[1];
    const chat = this.store.chat(id);
    if (!this.models.some((model) => model.name === body.model)) return sendError(response, 404, 'not-found', `model '${body.model}' not found`);
    const given = body.kind === 'message' ? body.message : null;
    const target = given === null ? chat?.messages.get(body.message) : null;
    const question = target?.role === 'assistant' ? chat.messages.get(target.parent) : target;
    const text = given?.content ?? question.content;
    const healed = this.#asked.has(`${id} ${text}`);
    this.#asked.add(`${id} ${text}`);
    const said = this.#said.get(text) ?? [...this.#said].find(([wish]) => wish instanceof RegExp && wish.test(text))?.[1];
    const long = text.length > this.mostCharacters ? [400, 'too-long', `the prompt has ${text.length} characters`] : undefined;
    const error = long ?? said?.error ?? kErrors[text];
    if (error !== undefined && !(healed && this.heals.has(text))) return sendError(response, ...error);
    const script = healed && this.heals.has(text) ? { text: 'Now it works.', rate: 2 } : (said ?? kScripts[text]);
    if (chat?.messages.has(given?.id)) return sendError(response, 409, 'conflict', `message '${given.id}' is there already: ask for the chat again`);
    const lost = (given?.attachments ?? []).find((file) => !this.store.attachments.has(file));
    if (lost !== undefined) return sendError(response, 404, 'not-found', `attachment '${lost}' not found`);
    if (given?.parent && !chat?.messages.has(given.parent)) return sendError(response, 404, 'not-found', `message '${given.parent}' not found in this chat`);
    if (chat === undefined) this.store.make(id, text.trim().split('\n')[0].slice(0, 48));
    const asked = given === null ? question : this.store.put(id, { id: given.id, parent: given.parent, role: 'user', content: given.content, attachments: (given.attachments ?? []).map((file) => this.store.attachments.get(file)) });
    const seen = this.store.path(id, asked.id).length - 1;
    const goesOn = body.kind === 'continue';
    const run = { id: makeId('r'), chat: id, answer: goesOn ? target.id : (body.answer_id ?? makeId('a')), events: [], stopped: false, listeners: new Set() };
    const answer = this.store.put(id, goesOn ? { ...target, state: 'streaming', run: run.id } : { id: run.answer, parent: asked.id, role: 'assistant', content: '', model: body.model, state: 'streaming', run: run.id });
    const settings = { ...this.store.chat(id).info.settings, ...body.settings };
    this.store.change(id, { leaf: body.beside ? this.store.chat(id).info.leaf : answer.id, model: body.beside ? this.store.chat(id).info.model : body.model, settings, updated: Date.now(), runs: [run.id] });
    this.#runs.set(run.id, run);
    this.#emit(run, { type: 'run-started', run: run.id, chat: id, model: body.model, question: goesOn ? null : structuredClone(asked), answer: structuredClone(answer) });
    const played = script ?? { text: goesOn ? ' and then it went on.' : `You said: ${text}\n\nI see ${seen} earlier messages.`, rate: 2 };
    void this.#play(run, goesOn && script !== undefined ? (script.more ?? { text: ' and then it went on.', rate: 2 }) : played, answer);
    return this.#stream(run, 0, response, played.cutAt);
  }

  #run({ response, parts, query, method }) {
    if (parts.length === 1) return sendJson(response, 200, { runs: [] });
    const run = this.#runs.get(parts[1]);
    if (run === undefined) return sendError(response, 404, 'not-found', `run '${parts[1]}' not found`);
    if (method === 'POST') {
      run.stopped = true;
      return response.writeHead(204).end();
    }
    return this.#stream(run, Number(query.get('after') ?? 0), response);
  }

  #emit(run, event) {
    run.events.push(event);
    for (const listener of run.listeners) listener(event);
  }

  /** `cutAt`: events after which this connection breaks; the run goes on. */
  #stream(run, after, response, cutAt) {
    response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    let sent = 0;
    const send = (event) => {
      sent += 1;
      response.write(`${JSON.stringify(event)}\n`);
      if (sent === cutAt) setTimeout(() => response.destroy(), 300);
      if (['stats-final', 'run-stopped', 'run-failed'].includes(event.type)) {
        response.end();
        run.listeners.delete(send);
        this.lastByteAt = performance.now();
      }
    };
    response.on('close', () => run.listeners.delete(send));
    run.listeners.add(send);
    for (const event of run.events.slice(after)) send(event);
  }

  async #play(run, script, answer) {
    const emit = (event) => this.#emit(run, event);
    for (const place of script.queue ?? []) {
      emit({ type: 'queue-place', place, wait_seconds: place * 7 });
      await this.#step();
    }
    if (script.load) {
      emit({ type: 'model-loading' });
      await this.#step();
    }
    const path = this.store.path(run.chat, run.answer);
    if (script.unseen) emit({ type: 'context', tokens: 3900, length: 4096, unseen: 2, first_seen: path[2]?.id ?? '', exact: true });
    emit({ type: 'text-start' });
    const started = Date.now();
    for (const word of script.thoughts?.split(/(?<= )/) ?? []) {
      emit({ th: word });
      await wait(script.rate);
    }
    const tokens = script.text.match(/\s*\S+\s*?|\s+/g) ?? [];
    const count = { characters: 0, tokens: 0 };
    for (const token of tokens) {
      if (run.stopped) break;
      if (count.tokens === script.failAt) return this.#end(run, answer, { type: 'run-failed', code: script.code, message: script.message, saved: true });
      emit({ t: token });
      answer.content += token;
      answer.thinking = script.thoughts ?? '';
      count.characters += token.length;
      count.tokens += 1;
      if (script.rate > 0) await wait(script.rate);
    }
    const seconds = Math.max(0.001, (Date.now() - started) / 1000);
    const unseen = script.unseen ? { unseen: 2, first_seen: path[2]?.id ?? '' } : {};
    const stats = { ...unseen, seconds, first_token_seconds: 0.31, thinking_seconds: script.thoughts ? 3 : 0, ...count, tokens_per_second: count.tokens / seconds, prompt_tokens: 37, cached_tokens: 12, context_tokens: 37 + count.tokens, context_length: 8192 };
    answer.stats = stats;
    return this.#end(run, answer, run.stopped ? { type: 'run-stopped', ...stats, saved: true } : { type: 'stats-final', ...stats, reason: script.reason ?? 'stop', saved: script.saved ?? true });
  }

  #end(run, answer, event) {
    const state = { 'stats-final': 'complete', 'run-stopped': 'stopped', 'run-failed': 'failed' }[event.type];
    this.#emit(run, event);
    if (this.store.chat(run.chat) === undefined) return;
    this.store.put(run.chat, { ...answer, state, run: '', reason: event.reason ?? '', error: event.code ? { code: event.code, message: event.message } : null });
    this.store.change(run.chat, { runs: [], updated: Date.now() });
    this.store.tell({ type: 'run-ended', chat: run.chat, run: run.id, answer: run.answer });
  }
}

function actOf(method, parts) {
  if (parts[0] !== 'chats') return parts[0];
  if (parts[2] === undefined) return { DELETE: 'delete', PATCH: 'patch' }[method];
  return parts[4] ?? parts[2];
}

/** Everything that needs no model. */
function answerStore(store, { response, method, parts, body, bytes, query, upstreams, skipped }) {
  const [what, id, inside, message] = parts;
  const missing = () => sendError(response, 404, 'not-found', `chat '${id}' not found`);
  if (what === 'search') return sendJson(response, 200, { hits: store.search(query.get('q') ?? '') });
  if (what === 'delete-chats') {
    const ids = body.all ? [...store.chats.keys()] : body.ids;
    for (const each of ids) store.remove(each);
    return sendJson(response, 200, { deleted: ids });
  }
  if (what === 'import') return sendJson(response, 200, { format: 'samovar', ...store.import(body.chats ?? []), skipped });
  if (what === 'attachments') {
    if (method === 'DELETE') return response.writeHead(204).end();
    if (method === 'GET') return store.attachments.has(id) ? sendJson(response, 200, store.attachments.get(id)) : sendError(response, 404, 'not-found', `attachment '${id}' not found`);
    const name = query.get('name');
    if (/\.(png|jpe?g)$/i.test(name)) return sendError(response, 400, 'unsupported', `${name}: images cannot be read by the models of this server`);
    if (bytes.length > 20971520) return sendError(response, 413, 'too-large', `${name}: ${bytes.length} bytes, at most 20971520`);
    const attachment = { id: makeId('f'), name, kind: /\.(pdf|docx)$/.exec(name)?.[1] ?? 'text', language: '', text: bytes.toString('utf8'), bytes: bytes.length, characters: bytes.length, tokens: Math.ceil(bytes.length / 4) };
    store.attachments.set(attachment.id, attachment);
    return sendJson(response, 200, { ...attachment, text: undefined });
  }
  if (what === 'shared') {
    const shared = [...store.chats.values()].find((chat) => chat.info.shared === id);
    return shared === undefined ? sendError(response, 404, 'not-found', id) : sendJson(response, 200, { chat: shared.info, messages: store.path(shared.info.id) });
  }
  if (what === 'status') return sendJson(response, 200, { ...statusNow(), upstreams });
  if (what !== 'chats') return sendError(response, 404, 'not-found', what);
  if (id === undefined) {
    const from = Number(query.get('before') ?? 0);
    const list = store.list({ folder: query.get('folder'), tag: query.get('tag') });
    const limit = Number(query.get('limit') ?? 200);
    const chats = list.chats.slice(from, from + limit);
    return sendJson(response, 200, { ...list, chats, next: from + limit < list.chats.length ? String(from + limit) : null });
  }
  if (inside === 'restore') return sendJson(response, 200, store.restore(id));
  const chat = store.chat(id);
  if (chat === undefined) return missing();
  if (inside === undefined && method === 'GET') {
    const before = Number(query.get('before') ?? Number.MAX_SAFE_INTEGER);
    const older = [...chat.messages.values()].filter((each) => each.seq < before);
    const last = Number(query.get('last') ?? 500);
    return sendJson(response, 200, { chat: chat.info, messages: older.slice(-last), more: older.length > last });
  }
  if (inside === undefined && method === 'PATCH') return sendJson(response, 200, store.change(id, body.settings ? { ...body, settings: Object.fromEntries(Object.entries({ ...chat.info.settings, ...body.settings }).filter(([, value]) => value !== null)) } : body));
  if (inside === undefined) {
    store.remove(id);
    return response.writeHead(204).end();
  }
  if (inside === 'share') return method === 'DELETE' ? (store.change(id, { shared: '' }), response.writeHead(204).end()) : (store.change(id, { shared: 'tok' }), sendJson(response, 200, { token: 'tok', url: '/share/tok' }));
  if (inside === 'export' && query.get('format') === 'json') return response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Disposition': 'attachment; filename="chat.json"' }).end('{"format":"samovar-conversations"}');
  if (inside === 'export') return response.writeHead(200, { 'Content-Type': 'text/markdown', 'Content-Disposition': 'attachment; filename="chat.md"' }).end(store.path(id).map((each) => each.content).join('\n\n'));
  if (parts[4] === 'feedback') {
    store.put(id, { ...chat.messages.get(message), feedback: method === 'DELETE' ? null : body });
    return response.writeHead(204).end();
  }
  if (inside === 'messages' && method === 'DELETE') return sendJson(response, 200, store.removeTurn(id, message));
  if (inside === 'messages' && method === 'PATCH') {
    const old = chat.messages.get(message);
    const { seq, ...rest } = old;
    const fresh = store.put(id, { ...rest, id: makeId('e'), content: body.content, edited: Date.now() });
    store.change(id, { leaf: fresh.id });
    return sendJson(response, 200, fresh);
  }
  return missing();
}

function statusNow() {
  const wave = (base, height) => Array.from({ length: 300 }, (_, index) => Math.max(0, Math.round(base + height * Math.sin(index / 17) + (index % 7))));
  return {
    uptime_seconds: 86400, memory_bytes: 412e6, runs: { active: 2, waiting: 1, finished: 340, failed: 3, stopped: 12 }, tokens: { answer: 91000, prompt: 60000, cached: 38000 },
    tokens_per_second: 12.5, active_users: 3, chats: 120, messages: 3400, history_bytes: 1048576, models: [],
    series: { end: Math.floor(Date.now() / 1000), step_seconds: 1, tokens: wave(12, 6), active: wave(1, 1), waiting: wave(0, 2), users: wave(2, 1), memory_bytes: wave(400e6, 12e6) },
  };
}

/** `store`: that of a server that was there before. */
export async function startFakeServer(port = 0, store = new FakeStore()) {
  return new FakeServer(store).listen(port);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const server = await startFakeServer(Number(process.argv[2] ?? 8090));
  console.log(`fake server: ${server.url}`);
}
