// All conversations of this browser as the server keeps them, the one that is open, and what changes them.
import { type ChatInfo, kTemporary } from '../domain/chat';
import type { FeedEvent } from '../domain/events';
import { toChatInfo, toMessage } from '../domain/wire';
import { deleteAllChats, deleteChat, getChats, type Hit, patchChat, restoreChat, searchChats } from '../transport/api';
import { failureFrom } from '../transport/request';
import { newId } from './storage';
import { Thread, type ThreadHost } from './thread.svelte';

const kSearchMs = 150;

export type Notice = { readonly code: string; readonly message: string };

function byAge(a: ChatInfo, b: ChatInfo): number {
  return Number(b.pinned) - Number(a.pinned) || b.updated - a.updated;
}

export class Chats {
  #list = $state.raw<readonly ChatInfo[]>([]);
  #open = $state.raw<Thread>() as Thread;
  #next: string | null = null;
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #threads = new Map<string, Thread>();
  readonly #host: ThreadHost;
  folders = $state.raw<readonly string[]>([]);
  tags = $state.raw<readonly string[]>([]);
  folder = $state(''); // the list shows only this one's; empty: all
  tag = $state('');
  hasMore = $state(false);
  words = $state(''); // searched for
  hits = $state.raw<readonly Hit[] | null>(null);
  notice = $state.raw<Notice | null>(null);
  readonly listed: readonly ChatInfo[] = $derived(
    this.#list
      .filter((chat) => (this.folder === '' || chat.folder === this.folder) && (this.tag === '' || chat.tags.includes(this.tag)))
      .toSorted(byAge),
  );

  constructor(host: Pick<ThreadHost, 'askWith' | 'opened' | 'answered'>) {
    this.#host = { ...host, changed: (info) => this.#upsert(info), failed: (code, message) => this.#tell({ code, message }) };
    this.#openFromAddress();
    addEventListener('hashchange', () => this.#openFromAddress());
  }

  get open(): Thread {
    return this.#open;
  }

  newChat(temporary = false): void {
    const id = (temporary ? kTemporary : '') + newId();
    const current = this.#open;
    const empty = current?.status === 'new' && current.info.temporary === temporary && current.stored.length === 0;
    if (empty) return;
    this.#threads.set(id, new Thread(id, this.#host, true));
    this.select(id);
  }

  select(id: string): void {
    this.#show(id);
    if (location.hash !== `#${id}`) history.pushState(null, '', `#${id}`);
  }

  async refresh(): Promise<void> {
    try {
      const page = await getChats({ folder: this.folder, tag: this.tag });
      this.#list = page.chats;
      this.#next = page.next;
      this.hasMore = page.next !== null;
      this.folders = page.folders;
      this.tags = page.tags;
    } catch (cause) {
      const failure = failureFrom(cause);
      if (failure.code !== 'unreachable') this.#tell(failure);
    }
  }

  async loadMore(): Promise<void> {
    if (this.#next === null) return;
    const before = this.#next;
    this.#next = null;
    const page = await getChats({ before, folder: this.folder, tag: this.tag }).catch(() => null);
    if (page === null) return;
    const known = new Set(this.#list.map((chat) => chat.id));
    this.#list = [...this.#list, ...page.chats.filter((chat) => !known.has(chat.id))];
    this.#next = page.next;
    this.hasMore = page.next !== null;
  }

  filter(folder: string, tag: string): void {
    this.folder = folder;
    this.tag = tag;
    void this.refresh();
  }

  search(words: string): void {
    this.words = words;
    clearTimeout(this.#searchTimer);
    if (words.trim() === '') {
      this.hits = null;
      return;
    }
    this.#searchTimer = setTimeout(() => void this.#search(words), kSearchMs);
  }

  async #search(words: string): Promise<void> {
    const hits = await this.#guard(() => searchChats(words.trim()));
    if (hits !== null && words === this.words) this.hits = hits;
  }

  async change(id: string, change: Partial<Pick<ChatInfo, 'title' | 'pinned' | 'folder' | 'tags'>>): Promise<void> {
    const before = this.#list.find((chat) => chat.id === id);
    if (before !== undefined) this.#put({ ...before, ...change });
    const after = await this.#guard(() => patchChat(id, change));
    if (after !== null) this.#put(after);
    else if (before !== undefined) this.#put(before);
    if (change.folder !== undefined || change.tags !== undefined) void this.refresh();
  }

  /** Takes the chat away; it can be taken back with restore(). */
  async remove(id: string): Promise<boolean> {
    if ((await this.#guard(async () => (await deleteChat(id), true))) === null) return false;
    this.#forget(id);
    return true;
  }

  async restore(id: string): Promise<void> {
    const chat = await this.#guard(() => restoreChat(id));
    if (chat === null) return;
    this.#upsert(chat);
    this.select(id);
  }

  async removeAll(): Promise<void> {
    const gone = await this.#guard(deleteAllChats);
    for (const id of gone ?? []) this.#forget(id);
    await this.refresh();
  }

  heard(event: FeedEvent): void {
    if (event.type === 'chat-changed') {
      const chat = toChatInfo(event.chat);
      if (chat === null) return;
      this.#upsert(chat);
      this.#threads.get(chat.id)?.setInfo(chat);
    } else if (event.type === 'chat-deleted') {
      this.#forget(event.id);
    } else if (event.type === 'message-changed') {
      const message = toMessage(event.message);
      if (message !== null) this.#threads.get(event.chat)?.put(message);
    } else if (event.type === 'messages-deleted') {
      this.#threads.get(event.chat)?.drop(event.ids);
    } else if (event.type === 'chats-changed' || event.type === 'reset') {
      void this.refresh();
      if (event.type === 'reset' && this.#open.status === 'ready') void this.#open.load();
    }
  }

  /** The server is there again: what happened meanwhile is asked for. */
  reconnected(): void {
    void this.refresh();
    if (this.#open.status !== 'new' && !this.#open.busy) void this.#open.load();
  }

  #openFromAddress(): void {
    const id = decodeURIComponent(location.hash.slice(1));
    if (/^[A-Za-z0-9_-]{1,64}$/.test(id)) this.#show(id);
    else {
      const fresh = newId();
      this.#threads.set(fresh, new Thread(fresh, this.#host, true));
      this.#show(fresh);
      history.replaceState(null, '', `#${fresh}`);
    }
  }

  #show(id: string): void {
    const thread = this.#threads.get(id) ?? new Thread(id, this.#host, false);
    this.#threads.set(id, thread);
    this.#open = thread;
  }

  #forget(id: string): void {
    this.#threads.get(id)?.close();
    this.#threads.delete(id);
    this.#list = this.#list.filter((chat) => chat.id !== id);
    this.hits = this.hits?.filter((hit) => hit.chat !== id) ?? null;
    if (this.#open.id === id) this.newChat();
  }

  #upsert(chat: ChatInfo): void {
    if (chat.temporary) return;
    if (chat.folder !== '' && !this.folders.includes(chat.folder)) this.folders = [...this.folders, chat.folder].sort();
    this.tags = [...new Set([...this.tags, ...chat.tags])].sort();
    this.#put(chat);
  }

  #put(chat: ChatInfo): void {
    this.#list = [chat, ...this.#list.filter((other) => other.id !== chat.id)];
  }

  /** The login says for itself that somebody has to log in. */
  #tell(notice: Notice): void {
    if (notice.code !== 'unauthorized') this.notice = notice;
  }

  async #guard<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (cause) {
      this.#tell(failureFrom(cause));
      return null;
    }
  }
}
