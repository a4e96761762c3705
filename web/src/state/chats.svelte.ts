// All conversations of this browser and the acts on them. The rules are in domain/reduce.ts; here are only
// identity, order, keeping and the runs.
import { type Chat, historyOf, isBusy, lastAnswer, makeChat } from '../domain/chat';
import type { ChatEvent } from '../domain/events';
import { reduce } from '../domain/reduce';
import type { Settings } from '../domain/settings';
import { deleteChat } from '../transport/api';
import { Runs } from './runs';
import { type ChatStorage, readTabValue, writeTabValue } from './storage';

const kSaveMs = 400;

function newId(): string {
  // crypto.randomUUID exists only on https and localhost; this page is often opened by plain address.
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export interface AskWith {
  readonly model: string;
  readonly settings: Settings;
}

export class Chats {
  #list = $state.raw<readonly Chat[]>([]);
  #openId = $state('');
  #storageFull = $state(false);
  readonly open: Chat = $derived(this.#list.find((chat) => chat.id === this.#openId) ?? makeChat(this.#openId, 0));
  /** Conversations with a message, newest first. */
  readonly listed: readonly Chat[] = $derived(
    this.#list.filter((chat) => chat.messages.length > 0).sort((a, b) => b.changed - a.changed),
  );
  readonly #storage: ChatStorage;
  readonly #askWith: () => AskWith;
  readonly #answered: () => void;
  readonly #opened: () => Promise<void> | null;
  readonly #unsaved = new Set<string>();
  readonly #runs = new Runs((id, events) => this.#apply(id, ...events));
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * `askWith` gives model and settings at the moment of asking; `answered` is called after each answer; `opened` is what a
   * message has to wait for, if anything.
   */
  constructor(storage: ChatStorage, askWith: () => AskWith, answered: () => void, opened: () => Promise<void> | null) {
    this.#storage = storage;
    this.#askWith = askWith;
    this.#answered = answered;
    this.#opened = opened;
    this.#list = storage.all();
    const wanted = readTabValue('open');
    if (wanted !== null && this.#list.some((chat) => chat.id === wanted)) this.#openId = wanted;
    else this.newChat();
    storage.watch((id, chat) => this.#changedElsewhere(id, chat));
    addEventListener('pagehide', () => this.saveNow());
  }

  get storageFull(): boolean {
    return this.#storageFull;
  }

  newChat(): void {
    const empty = this.#list.find((chat) => chat.messages.length === 0);
    if (empty !== undefined) return this.select(empty.id);
    const chat = makeChat(newId(), Date.now());
    this.#list = [...this.#list, chat];
    this.select(chat.id);
  }

  select(id: string): void {
    this.#openId = id;
    writeTabValue('open', id);
  }

  /** Sends, or, while an answer is coming, puts the message in line behind it. It joins what waits already. */
  send(text: string): void {
    const chat = this.open;
    const whole = chat.queued === null ? text : `${chat.queued}\n\n${text}`;
    this.#apply(chat.id, { type: 'draft-changed', text: '' }, { type: 'message-queued', text: whole });
    // Until the server has told its models, there is none to ask: the message waits those milliseconds.
    const opened = this.#opened();
    if (opened === null) this.#sendQueued(chat.id);
    else void opened.then(() => this.#sendQueued(chat.id));
  }

  retry(): void {
    const chat = this.open;
    const answer = lastAnswer(chat);
    if (isBusy(chat) || answer === null || this.#runs.has(chat.id)) return;
    const { model } = this.#askWith();
    const question = chat.messages.at(-2);
    const resend = !answer.accepted && question?.role === 'user';
    const earlier = chat.messages.slice(0, resend ? -2 : -1);
    this.#apply(chat.id, { type: 'retry-asked', answerId: newId(), model, at: Date.now() });
    void this.#run(chat.id, { text: resend ? question.text : null, history: historyOf(earlier) });
  }

  stop(): void {
    void this.#runs.stop(this.#openId);
  }

  /** The waiting message goes back into the field, before what is there. */
  takeBack(): void {
    const { id, queued, draft } = this.open;
    if (queued === null) return;
    this.#apply(id, { type: 'queue-cleared' }, { type: 'draft-changed', text: draft === '' ? queued : `${queued}\n${draft}` });
  }

  sendQueued(): void {
    this.#sendQueued(this.#openId);
  }

  setDraft(text: string): void {
    this.#apply(this.#openId, { type: 'draft-changed', text });
  }

  remove(id: string): Chat | null {
    const chat = this.#find(id);
    if (chat === null) return null;
    this.#runs.drop(id);
    this.#list = this.#list.filter((other) => other.id !== id);
    this.#unsaved.delete(id);
    this.#storage.remove(id);
    void deleteChat(id).catch(() => undefined); // the server forgets idle chats by itself
    if (id === this.#openId) this.newChat();
    return chat;
  }

  /** Takes a removed chat back; the server gets its history again with the next message. */
  restore(chat: Chat): void {
    const whole = isBusy(chat) ? reduce(chat, { type: 'run-stopped', stats: null }) : chat;
    this.#list = [...this.#list, whole];
    this.#keep(whole.id);
    this.select(whole.id);
  }

  saveNow(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    for (const id of this.#unsaved) this.#save(id);
    this.#unsaved.clear();
  }

  #find(id: string): Chat | null {
    return this.#list.find((chat) => chat.id === id) ?? null;
  }

  #apply(id: string, ...events: readonly ChatEvent[]): void {
    const chat = this.#find(id);
    if (chat === null) return;
    const changed = events.reduce(reduce, chat);
    if (changed === chat) return;
    this.#list = this.#list.map((other) => (other === chat ? changed : other));
    this.#keep(id);
  }

  #send(id: string, text: string): void {
    const chat = this.#find(id);
    if (chat === null) return;
    const { model } = this.#askWith();
    const history = historyOf(chat.messages);
    this.#apply(id, { type: 'message-sent', id: newId(), answerId: newId(), text, model, at: Date.now() });
    void this.#run(id, { text, history });
  }

  async #run(id: string, what: { text: string | null; history: ReturnType<typeof historyOf> }): Promise<void> {
    await this.#runs.start({ chat: id, ...this.#askWith(), ...what });
    this.#answered();
    const status = this.#find(id)?.status;
    if (status === 'idle' || status === 'stopped') this.#sendQueued(id);
  }

  #sendQueued(id: string): void {
    const chat = this.#find(id);
    if (chat === null || chat.queued === null || isBusy(chat)) return;
    this.#apply(id, { type: 'queue-cleared' });
    this.#send(id, chat.queued);
  }

  #keep(id: string): void {
    this.#unsaved.add(id);
    this.#saveTimer ??= setTimeout(() => this.saveNow(), kSaveMs);
  }

  #save(id: string): void {
    const chat = this.#find(id);
    if (chat === null) return;
    if (chat.messages.length === 0 && chat.draft === '') this.#storage.remove(id);
    else this.#storageFull = !this.#storage.save(chat);
  }

  #changedElsewhere(id: string, chat: Chat | null): void {
    if (this.#runs.has(id)) return;
    const others = this.#list.filter((other) => other.id !== id);
    if (chat !== null) this.#list = [...others, chat];
    else if (id !== this.#openId) this.#list = others;
  }
}
