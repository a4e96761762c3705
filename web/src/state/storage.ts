// What the browser keeps between reloads: one entry per chat, so that two tabs do not overwrite each
// other, and small values. A browser that refuses storage (private mode, full) costs only the keeping.
import type { Chat } from '../domain/chat';
import { parseChat, serializeChat } from '../domain/stored';

const kChatPrefix = 'samovar.chat.';
const kValuePrefix = 'samovar.';

export interface ChatStorage {
  all(): Chat[];
  /** False where the browser's storage is full or closed. */
  save(chat: Chat): boolean;
  remove(id: string): void;
  /** Calls back when another tab changed or removed (null) a chat. */
  watch(changed: (id: string, chat: Chat | null) => void): void;
}

function guarded<T>(fallback: T, work: () => T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}

export function makeBrowserStorage(): ChatStorage {
  return {
    all() {
      return guarded<Chat[]>([], () =>
        Object.keys(localStorage)
          .filter((key) => key.startsWith(kChatPrefix))
          .map((key) => parseChat(localStorage.getItem(key) ?? ''))
          .filter((chat) => chat !== null),
      );
    },
    save: (chat) =>
      guarded(false, () => {
        localStorage.setItem(kChatPrefix + chat.id, serializeChat(chat));
        return true;
      }),
    remove: (id) => guarded(undefined, () => localStorage.removeItem(kChatPrefix + id)),
    watch(changed) {
      addEventListener('storage', (event) => {
        if (event.key === null || !event.key.startsWith(kChatPrefix)) return;
        const id = event.key.slice(kChatPrefix.length);
        changed(id, event.newValue === null ? null : parseChat(event.newValue));
      });
    },
  };
}

export function readValue(name: string): string | null {
  return guarded<string | null>(null, () => localStorage.getItem(kValuePrefix + name));
}

export function writeValue(name: string, value: string): void {
  guarded(undefined, () => localStorage.setItem(kValuePrefix + name, value));
}

/** Of this tab only: which chat is open. */
export function readTabValue(name: string): string | null {
  return guarded<string | null>(null, () => sessionStorage.getItem(kValuePrefix + name));
}

export function writeTabValue(name: string, value: string): void {
  guarded(undefined, () => sessionStorage.setItem(kValuePrefix + name, value));
}
