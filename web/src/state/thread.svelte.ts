// One conversation in this tab: its messages as a tree, answers on their way, draft, queue and attachments.
// What the server has comes through load() and the feed; what the user does goes out at once and is shown at once.
import { type Answer, type Attachment, type ChatInfo, type Feedback, isComing, makeAnswer, makeChatInfo, type Message, titleFrom, type UserMessage } from '../domain/chat';
import type { StreamEvent } from '../domain/events';
import { reduce } from '../domain/reduce';
import { type ChatSettings, combined } from '../domain/settings';
import { merged, newestBelow, nextSeq, pathTo, versionTable } from '../domain/tree';
import { deleteTurn, editMessage, getThread, joinRun, patchChat, rate, type RunBody, startRun, stopRuns, type ThreadPage } from '../transport/api';
import { failureFrom } from '../transport/request';
import { followRun } from './runs';
import { readDraftFiles, readUnsent, type Unsent, writeDraftFiles, writeUnsent } from './outbox';
import { newId, readValue, writeValue } from './storage';

const kStopPatienceMs = 3000;

export interface AskWith {
  readonly model: string;
  readonly compare: string; // a second model to answer the same question; empty: none
  readonly settings: ChatSettings; // of a chat that is new
  readonly profile: string;
}

export interface ThreadHost {
  askWith(): AskWith;
  /** What a message has to wait for before it can be sent, if anything. */
  opened(): Promise<void> | null;
  answered(): void;
  changed(info: ChatInfo): void;
  failed(code: string, message: string): void;
}

/** The beginning of a run that has ended here meanwhile. */
function isLate(heard: Message, known: Message): boolean {
  const both = heard.role === 'assistant' && known.role === 'assistant' && heard.run === known.run;
  return both && isComing(heard) && !isComing(known);
}

export class Thread {
  readonly id: string;
  readonly #host: ThreadHost;
  readonly #runs = new Map<string, AbortController>(); // answer id → its stream
  #info = $state.raw<ChatInfo>(makeChatInfo('', 0));
  #messages = $state.raw<readonly Message[]>([]);
  #live = $state.raw<ReadonlyMap<string, Answer>>(new Map());
  #draft = $state('');
  #queued = $state.raw<readonly Unsent[]>([]);
  #attachments = $state.raw<readonly Attachment[]>([]);
  compared = $state.raw<readonly string[]>([]); // answers shown side by side
  #kept: readonly Unsent[]; // from before this page was opened; in line again once it is known what the server has
  #wanted: 'next' | 'held' | null = null; // sent by the user while this chat was still being asked for
  #leafToCome: string | null = null; // shown as soon as its message is here
  #leafMade: string | null = null; // chosen here, and not yet heard of from the server
  #known = false; // the server has this chat
  status = $state<'new' | 'loading' | 'ready' | 'failed'>('new');
  more = $state(false); // older messages are on the server

  readonly stored: readonly Message[] = $derived(pathTo(this.#messages, this.#info.leaf));
  readonly versions: ReadonlyMap<string, readonly Message[]> = $derived(versionTable(this.#messages));
  readonly busy: boolean = $derived(this.#live.size > 0);
  readonly lost: boolean = $derived([...this.#live.values()].some((answer) => answer.lost));

  constructor(id: string, host: ThreadHost, isNew: boolean) {
    this.id = id;
    this.#host = host;
    this.#info = makeChatInfo(id, Date.now());
    this.#draft = readValue(`draft.${id}`) ?? '';
    this.#attachments = readDraftFiles(id);
    this.#kept = readUnsent(id);
    if (!isNew) void this.load();
  }

  get info(): ChatInfo {
    return this.#info;
  }
  get draft(): string {
    return this.#draft;
  }
  set draft(text: string) {
    this.#draft = text;
    writeValue(`draft.${this.id}`, text);
  }
  get attachments(): readonly Attachment[] {
    return this.#attachments;
  }
  set attachments(files: readonly Attachment[]) {
    this.#attachments = files;
    writeDraftFiles(this.id, files);
  }
  get queued(): readonly Unsent[] {
    return this.#queued;
  }
  /** The message as it is now: an answer on its way has its words here. */
  now(message: Message): Message {
    return this.#live.get(message.id) ?? message;
  }
  find(id: string): Message | null {
    const message = this.#messages.find((other) => other.id === id);
    return message === undefined ? null : this.now(message);
  }
  get lastAnswer(): Answer | null {
    const last = this.stored.at(-1);
    const now = last === undefined ? null : this.now(last);
    return now?.role === 'assistant' ? now : null;
  }

  /** Reads the conversation from the store; one that is not there is new. */
  async load(): Promise<void> {
    if (this.status !== 'ready') this.status = 'loading';
    const before = new Set(this.#messages);
    try {
      const page = await getThread(this.id);
      this.status = 'ready';
      this.#known = true;
      this.#mergeWith(page, before);
      this.setInfo(page.chat);
      // The version shown may be older than the newest messages.
      for (let rounds = 0; this.#leafToCome !== null && this.more && rounds < 50; rounds += 1) {
        await this.loadEarlier();
        this.setInfo(page.chat);
      }
      this.#join(page.messages);
    } catch (cause) {
      const failure = failureFrom(cause);
      this.status = failure.code === 'not-found' ? 'new' : this.#messages.length > 0 ? 'ready' : 'failed';
      if (failure.code !== 'not-found') this.#host.failed(failure.code, failure.message);
    }
    this.#takeUpKept();
    if (this.status === 'failed') return;
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted !== null || this.#answeredWell()) this.#sendNext(wanted === 'held');
  }

  /** `page` was asked for when there was `before`: what has come since then is newer. */
  #mergeWith(page: ThreadPage, before: ReadonlySet<Message>): void {
    const there = new Set(page.messages.map((message) => message.id));
    const answered = new Set(page.messages.map((message) => (message.role === 'assistant' ? message.parent : null)));
    const first = page.more ? (page.messages[0]?.seq ?? 0) : 0;
    const own = new Set(this.#own());
    const kept = this.#messages.filter((message) => {
      if (!own.has(message)) return !before.has(message) || message.seq < first;
      // A question that arrived twice has its answer already.
      return message.role === 'user' ? !there.has(message.id) : message.failure?.code !== 'conflict' || !answered.has(message.parent);
    });
    if (!kept.some((message) => message.seq < first)) this.more = page.more;
    this.#messages = merged(page.messages, kept);
    if (there.has(this.#leafMade ?? '') || this.find(this.#leafMade ?? '') === null) this.#leafMade = null;
  }

  async loadEarlier(): Promise<void> {
    const first = this.#messages.reduce((lowest, message) => Math.min(lowest, message.seq), Number.MAX_SAFE_INTEGER);
    const page = await this.#guard(() => getThread(this.id, first));
    if (page === null) return;
    this.more = page.more;
    this.#messages = merged(this.#messages, page.messages);
  }

  setInfo(info: ChatInfo): void {
    // An answer that this tab has just begun, or that never reached the server, is ahead of what the server says.
    if (info.leaf === this.#leafMade) this.#leafMade = null;
    const ahead = this.#leafMade !== null || this.#own().some((message) => message.id === this.#info.leaf);
    const known = info.leaf === null || this.#messages.some((message) => message.id === info.leaf);
    this.#leafToCome = known ? null : info.leaf;
    this.#info = ahead || !known ? { ...info, leaf: this.#info.leaf } : info;
    this.#host.changed(this.#info);
  }

  /** A message changed on the server, perhaps by another tab. */
  put(message: Message): void {
    if (this.#live.has(message.id)) return;
    const old = this.#messages.find((other) => other.id === message.id);
    if (old !== undefined && isLate(message, old)) return;
    const kept = old?.role === 'assistant' && message.role === 'assistant' ? { ...message, unseen: message.unseen ?? old.unseen, saved: old.saved } : message;
    this.#messages = merged(this.#messages, [kept]);
    if (message.id === this.#leafToCome) this.#info = { ...this.#info, leaf: message.id };
    this.#known = true;
    if (this.status === 'new') this.status = 'ready';
    if (this.#queued.some((waiting) => waiting.id === message.id)) this.#setQueue(this.#queued.filter((waiting) => waiting.id !== message.id));
    this.#join([message]);
  }

  drop(ids: readonly string[]): void {
    const gone = new Set<string | null>(ids);
    if (gone.has(this.#leafMade)) this.#leafMade = null;
    this.#messages = this.#messages.filter((message) => !gone.has(message.id));
  }

  /** Sends, or, while an answer is coming, puts the message in line behind it. */
  send(text: string): void {
    this.#setQueue([...this.#queued, { id: newId(), text, attachments: this.attachments }]);
    this.draft = '';
    this.attachments = [];
    this.#sendSoon('next');
  }

  sendQueued(): void {
    this.#sendSoon('held');
  }

  /** A waiting message goes back into the field, before what is there. */
  takeBack(index: number): void {
    const waiting = this.#queued[index];
    if (waiting === undefined) return;
    this.draft = this.#draft === '' ? waiting.text : `${waiting.text}\n${this.#draft}`;
    this.attachments = [...waiting.attachments, ...this.attachments];
    this.#setQueue(this.#queued.filter((_, at) => at !== index));
  }

  retry(): void {
    const answer = this.lastAnswer;
    const question = answer === null ? null : this.find(answer.parent ?? '');
    if (answer === null || question?.role !== 'user' || this.busy) return;
    if (answer.accepted) this.regenerate(answer.id);
    else this.#ask(question, true);
  }

  regenerate(id: string, model?: string): void {
    const answer = this.find(id);
    if (answer?.role !== 'assistant' || answer.parent === null || this.busy) return;
    this.#answer(answer.parent, { kind: 'regenerate', message: answer.parent }, model ?? this.#host.askWith().model);
  }

  continueAnswer(id: string): void {
    const answer = this.find(id);
    if (answer?.role !== 'assistant' || this.busy) return;
    const going: Answer = { ...answer, state: 'waiting', failure: null, stats: null, cutOff: false, accepted: true };
    this.#follow(going, { kind: 'continue', message: id, model: answer.model });
  }

  editQuestion(id: string, text: string): void {
    const old = this.find(id);
    if (old?.role !== 'user' || this.busy) return;
    this.#ask(this.#newQuestion(text, old.parent, old.attachments), false);
  }

  async editAnswer(id: string, text: string): Promise<void> {
    const changed = await this.#guard(() => editMessage(this.id, id, text));
    if (changed === null) return;
    this.#messages = merged(this.#messages, [changed]);
    this.#leafMade = changed.id;
    this.setInfo({ ...this.#info, leaf: changed.id });
  }

  async deleteTurn(id: string): Promise<void> {
    const gone = await this.#guard(() => deleteTurn(this.id, id));
    if (gone === null) return;
    this.drop(gone);
    await this.load();
  }

  /** Shows another version: `id` and the newest of what follows it. */
  choose(id: string): void {
    const leaf = newestBelow(this.#messages, id);
    this.#info = { ...this.#info, leaf };
    this.#leafMade = leaf;
    this.compared = [];
    void this.#guard(() => patchChat(this.id, { leaf })).then((done) => {
      if (done === null && this.#leafMade === leaf) this.#leafMade = null;
    });
  }

  async rate(id: string, feedback: Feedback | null): Promise<void> {
    const answer = this.find(id);
    if (answer?.role !== 'assistant') return;
    this.#messages = merged(this.#messages, [{ ...answer, feedback }]);
    if ((await this.#guard(async () => (await rate(this.id, id, feedback), true))) === null) this.#messages = merged(this.#messages, [answer]);
  }

  /** Settings and model of this chat; stored once the chat is. */
  change(change: { settings?: ChatSettings; model?: string; profile?: string }): void {
    const settings = change.settings === undefined ? this.#info.settings : combined(this.#info.settings, change.settings);
    this.#info = { ...this.#info, ...change, settings };
    if (this.#known) void this.#guard(() => patchChat(this.id, { ...change }));
  }

  /** Ends as soon as the server says so; one that cannot be reached is not waited for. */
  async stop(): Promise<void> {
    const runs = [...this.#runs];
    try {
      await stopRuns(this.id);
      setTimeout(() => this.#giveUp(runs), kStopPatienceMs);
    } catch {
      this.#giveUp(runs);
    }
  }

  /** Ends all streams without a word: the chat is being deleted. */
  close(): void {
    for (const controller of this.#runs.values()) controller.abort();
    this.#runs.clear();
    this.#live = new Map();
  }

  /** What only this tab has: answers on their way, and questions that never reached the server. */
  #own(): readonly Message[] {
    const ids = new Set<string | null>(this.#live.keys());
    for (const message of this.#messages) {
      if (message.role !== 'assistant' || message.accepted) continue;
      ids.add(message.id);
      ids.add(message.parent);
    }
    return this.#messages.filter((message) => ids.has(message.id));
  }

  #giveUp(runs: readonly (readonly [string, AbortController])[]): void {
    for (const [id, controller] of runs) {
      if (this.#runs.get(id) !== controller) continue;
      this.#apply(id, [{ type: 'run-stopped', stats: null, saved: true }]);
      controller.abort();
    }
  }

  /** What was on its way, or in line, is in line again, unless the server has it. */
  #takeUpKept(): void {
    const missing = this.#kept.filter(({ id }) => this.find(id) === null);
    this.#kept = [];
    this.#setQueue([...missing, ...this.#queued]);
  }

  #setQueue(queue: readonly Unsent[]): void {
    this.#queued = queue;
    this.#keepUnsent();
  }

  /** What the server does not have yet outlives this page: questions that it refused, on their way, or in line. */
  #keepUnsent(): void {
    const unasked = [...this.#live.values(), ...this.#messages.filter((message) => message.role === 'assistant' && message.state === 'failed')];
    const questions = unasked.flatMap((answer) => {
      const question = answer.role === 'user' || answer.accepted ? null : this.find(answer.parent ?? '');
      return question?.role === 'user' ? [question] : [];
    });
    writeUnsent(this.id, [...this.#kept, ...new Set(questions), ...this.#queued]);
  }

  /** Sends the next message once the server's models and this chat's messages are known. */
  #sendSoon(wanted: 'next' | 'held'): void {
    const opened = this.#host.opened();
    if (opened !== null) return void opened.then(() => this.#sendSoon(wanted));
    if (this.status === 'loading' || this.status === 'failed') {
      this.#wanted = wanted;
      if (this.status === 'failed') void this.load();
    } else this.#sendNext(wanted === 'held');
  }

  #sendNext(held = false): void {
    const next = this.#queued[0];
    if (next === undefined || this.busy || this.status === 'loading') return;
    const state = this.lastAnswer?.state;
    if (!held && (state === 'failed' || state === 'cut') && this.#queued.length > 1) return;
    const { text, attachments, id } = next;
    const question = { ...this.#newQuestion(text, this.#known ? this.#storedAbove(this.#info.leaf) : null, attachments), id };
    this.#queued = this.#queued.slice(1);
    this.#ask(question, false);
  }

  /** `leaf`, or the nearest message above it that the server has: what it refused becomes a version beside. */
  #storedAbove(leaf: string | null): string | null {
    for (let at = leaf; at !== null; ) {
      const answer = this.find(at);
      if (answer?.role !== 'assistant' || answer.accepted) return at;
      at = this.find(answer.parent ?? '')?.parent ?? null;
    }
    return null;
  }

  #newQuestion(text: string, parent: string | null, attachments: readonly Attachment[]): UserMessage {
    return { id: newId(), role: 'user', parent, seq: nextSeq(this.#messages), text, created: Date.now(), edited: 0, attachments };
  }

  #ask(question: UserMessage, again: boolean): void {
    const first = !this.#known;
    const { model, compare, settings, profile } = this.#host.askWith();
    this.#messages = merged(this.#messages, [question]);
    const title = this.#info.title === '' ? titleFrom(question.text) : this.#info.title;
    this.#info = { ...this.#info, title, updated: Date.now() };
    const ids = question.attachments.map((file) => file.id);
    const message = { id: question.id, content: question.text, parent: question.parent, attachments: ids };
    const chosen = combined(settings, this.#info.settings);
    const body: RunBody = {
      kind: 'message',
      message,
      ...(first && Object.keys(chosen).length > 0 && { settings: chosen }),
      ...(first && profile !== '' && { profile }),
    };
    if (again) this.#messages = this.#messages.filter((other) => other.parent !== question.id);
    const answer = this.#answer(question.id, body, model);
    if (compare !== '' && compare !== model) this.#compare(question.id, answer, compare);
  }

  #answer(parent: string, body: RunBody, model: string): Answer {
    const answer = makeAnswer({ id: newId(), parent, seq: nextSeq(this.#messages), model, created: Date.now() });
    this.#messages = merged(this.#messages, [answer]);
    if (!body.beside) this.#info = { ...this.#info, leaf: answer.id };
    if (!body.beside) this.#leafMade = answer.id;
    this.compared = body.beside ? this.compared : [];
    this.#follow(answer, { ...body, answer_id: answer.id, model });
    return answer;
  }

  /** A second model answers beside the first, once the server has the question. */
  #compare(question: string, first: Answer, model: string): void {
    const check = setInterval(() => {
      const now = this.find(first.id);
      if (now?.role !== 'assistant' || (!now.accepted && !isComing(now))) return clearInterval(check);
      if (!now.accepted) return;
      clearInterval(check);
      const second = this.#answer(question, { kind: 'regenerate', message: question, beside: true }, model);
      this.compared = [first.id, second.id];
    }, 50);
  }

  /** Answers that come on the server but not here yet: after a reload, or begun in another tab. */
  #join(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.role !== 'assistant' || message.state !== 'streaming' || message.run === '' || this.#runs.has(message.id)) continue;
      void this.#run({ ...message, text: '', thinking: '', state: 'waiting' }, message.run, (signal) => joinRun(message.run, 0, signal));
    }
  }

  #follow(answer: Answer, body: RunBody): void {
    if (this.status === 'new') this.status = 'ready';
    void this.#run(answer, '', (signal) => this.#start(body, signal));
  }

  /** A server that has forgotten this browser gets what is here, once. */
  async #start(body: RunBody, signal: AbortSignal): Promise<Response> {
    try {
      return await startRun(this.id, body, signal);
    } catch (cause) {
      if (failureFrom(cause).code !== 'not-found') throw cause;
      const own = new Set(this.#own());
      const messages = this.#messages.filter((message) => !own.has(message));
      const { bringAlong } = await import('./bring-along');
      const found = await bringAlong({ info: this.#info, known: this.#known, messages, body });
      if (found === null) throw cause;
      const response = await startRun(this.id, found, signal);
      setTimeout(() => void this.load()); // its files have other names now
      return response;
    }
  }

  async #run(answer: Answer, run: string, open: (signal: AbortSignal) => Promise<Response>): Promise<void> {
    const controller = new AbortController();
    this.#runs.set(answer.id, controller);
    this.#live = new Map(this.#live).set(answer.id, answer);
    this.#keepUnsent();
    const deliver = (events: readonly StreamEvent[]): void => this.#apply(answer.id, events);
    const end = await followRun({ run, open, signal: controller.signal, deliver });
    if (this.#runs.get(answer.id) === controller) this.#runs.delete(answer.id);
    this.#settle(answer.id);
    const ended = this.find(answer.id);
    const twice = ended?.role === 'assistant' && !ended.accepted && ended.failure?.code === 'conflict';
    if (end === 'forgotten' || twice) await this.load();
    const left = this.find(answer.id);
    if (end === 'forgotten' && left !== null && isComing(left) && !this.#runs.has(left.id)) this.#messages = merged(this.#messages, [{ ...left, state: 'cut' }]);
    this.#host.answered();
    if (this.#answeredWell()) this.#sendNext();
  }

  #answeredWell(): boolean {
    const state = this.lastAnswer?.state;
    return state === 'done' || state === 'stopped';
  }

  #apply(id: string, events: readonly StreamEvent[]): void {
    const before = this.#live.get(id);
    if (before === undefined) return;
    for (const event of events) {
      if (event.type !== 'run-started') continue;
      this.#known = true;
      if (event.question !== null) this.#messages = merged(this.#messages, [event.question]);
    }
    const after = events.reduce(reduce, before);
    if (after === before) return;
    if (!isComing(after)) this.#settle(id, after);
    else this.#live = new Map(this.#live).set(id, after);
    if (after.accepted !== before.accepted) this.#keepUnsent();
  }

  /** An answer that has ended joins the messages. */
  #settle(id: string, ended?: Answer): void {
    const answer = ended ?? this.#live.get(id);
    if (answer === undefined) return;
    this.#messages = merged(this.#messages, [answer]);
    const live = new Map(this.#live);
    live.delete(id);
    this.#live = live;
    this.#info = { ...this.#info, running: false, updated: Date.now() };
    this.#host.changed(this.#info);
    this.#keepUnsent();
  }

  async #guard<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (cause) {
      const failure = failureFrom(cause);
      this.#host.failed(failure.code, failure.message);
      return null;
    }
  }
}
