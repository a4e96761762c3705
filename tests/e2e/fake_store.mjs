// The conversations of the stand-in server, in memory: chats with their trees of messages, and the feed that
// tells every page what changed (docs/page-api.md).
let counter = 0;
export const makeId = (prefix) => `${prefix}${(counter += 1)}x${Math.random().toString(36).slice(2, 8)}`;

export class FakeStore {
  chats = new Map(); // id → {info, messages: Map}
  deleted = new Map();
  attachments = new Map();
  boot = makeId('boot');
  #feed = [];
  #listeners = new Set();

  late = 0; // milliseconds until news are told

  tell(event) {
    const told = { n: this.#feed.length + 1, ...event };
    this.#feed.push(told);
    const tellAll = () => {
      for (const listener of this.#listeners) listener(told);
    };
    if (this.late > 0) setTimeout(tellAll, this.late);
    else tellAll();
  }

  /** Calls `listener` with every event after the `after`-th, then with those to come; returns how to end that. */
  listen(after, listener) {
    for (const event of this.#feed.slice(after)) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get feedLength() {
    return this.#feed.length;
  }

  chat(id) {
    return this.chats.get(id);
  }

  make(id, title, at = Date.now()) {
    const info = { id, title, title_by: 'text', created: at, updated: at, pinned: false, folder: '', tags: [], model: '', profile: '', settings: {}, leaf: null, shared: '', temporary: id.startsWith('tmp-'), runs: [] };
    this.chats.set(id, { info, messages: new Map(), seq: 0 });
    return this.chats.get(id);
  }

  change(id, change) {
    const chat = this.chats.get(id);
    Object.assign(chat.info, change);
    this.tell({ type: 'chat-changed', chat: structuredClone(chat.info) });
    return chat.info;
  }

  put(id, message) {
    const chat = this.chats.get(id);
    const whole = {
      parent: null, content: '', thinking: '', model: '', state: 'complete', reason: '', error: null, stats: null, attachments: [], feedback: null,
      created: Date.now(), edited: 0, run: '', ...(chat.messages.get(message.id) ?? { seq: (chat.seq += 1) }), ...message,
    };
    chat.messages.set(whole.id, whole);
    this.tell({ type: 'message-changed', chat: id, message: structuredClone(whole) });
    return whole;
  }

  /** A whole conversation: texts of question and answer in turn. */
  fill(id, title, texts, at) {
    this.make(id, title, at);
    let parent = null;
    texts.forEach((content, index) => {
      const message = this.put(id, { id: makeId('m'), parent, role: index % 2 === 0 ? 'user' : 'assistant', content, model: 'smollm2:135m', created: at });
      parent = message.id;
    });
    this.change(id, { leaf: parent, updated: at });
    return id;
  }

  import(chats) {
    let messages = 0;
    for (const { messages: turns, ...info } of chats) {
      Object.assign(this.make(info.id, info.title).info, info);
      for (const { attachments = [], attachment_texts = [], ...turn } of turns) {
        const files = attachments.map((file, at) => ({ ...file, id: makeId('f'), text: attachment_texts[at] }));
        for (const file of files) this.attachments.set(file.id, file);
        this.put(info.id, { ...turn, attachments: files });
      }
      messages += turns.length;
    }
    this.tell({ type: 'chats-changed' });
    return { chats: chats.length, messages };
  }

  path(id, leaf) {
    const { messages, info } = this.chats.get(id);
    const path = [];
    for (let at = messages.get(leaf ?? info.leaf); at !== undefined; at = messages.get(at.parent)) path.unshift(at);
    return path;
  }

  list({ folder, tag }) {
    const all = [...this.chats.values()].map((chat) => chat.info).filter((info) => !info.temporary);
    const shown = all.filter((info) => (!folder || info.folder === folder) && (!tag || info.tags.includes(tag)));
    shown.sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.updated - a.updated);
    const folders = [...new Set(all.map((info) => info.folder).filter((name) => name !== ''))].sort();
    return { chats: shown, folders, tags: [...new Set(all.flatMap((info) => info.tags))].sort(), total: all.length };
  }

  search(words) {
    const wanted = words.toLowerCase();
    const hits = [];
    for (const { info, messages } of this.chats.values()) {
      if (info.temporary) continue;
      if (info.title.toLowerCase().includes(wanted)) hits.push({ chat: info.id, title: info.title, message: null, role: 'user', snippet: info.title, marks: [] });
      for (const message of messages.values()) {
        const at = message.content.toLowerCase().indexOf(wanted);
        if (at < 0) continue;
        const from = Math.max(0, at - 20);
        const snippet = message.content.slice(from, at + 60);
        hits.push({ chat: info.id, title: info.title, message: message.id, role: message.role, snippet, marks: [[at - from, at - from + wanted.length]], created: message.created });
      }
    }
    return hits;
  }

  remove(id) {
    this.deleted.set(id, this.chats.get(id));
    this.chats.delete(id);
    this.tell({ type: 'chat-deleted', id });
  }

  restore(id) {
    this.chats.set(id, this.deleted.get(id));
    return this.change(id, {});
  }

  /** The question with all its answers goes; what followed joins what was before. */
  removeTurn(id, message) {
    const { messages, info } = this.chats.get(id);
    const found = messages.get(message);
    const question = found.role === 'user' ? found : messages.get(found.parent);
    const gone = [question, ...[...messages.values()].filter((other) => other.parent === question.id)];
    const ids = gone.map((other) => other.id);
    for (const other of gone) messages.delete(other.id);
    for (const other of messages.values()) if (ids.includes(other.parent)) other.parent = question.parent;
    if (ids.includes(info.leaf)) info.leaf = question.parent;
    this.tell({ type: 'messages-deleted', chat: id, ids });
    return { deleted: ids, moved: [], chat: info };
  }

  /** What a killed server finds at its next start. */
  revive() {
    for (const { info, messages } of this.chats.values()) {
      info.runs = [];
      for (const message of messages.values()) if (message.state === 'streaming') Object.assign(message, { state: 'cut', run: '' });
    }
    this.boot = makeId('boot');
    this.#feed = [];
    this.#listeners.clear();
    return this;
  }
}
