// Messages form a tree; the version shown runs from a root to the chat's leaf.
import type { Message } from './chat';

/** From the oldest that is there to `leaf`. Empty where `leaf` is not among `messages`. */
export function pathTo(messages: readonly Message[], leaf: string | null): Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const path: Message[] = [];
  const seen = new Set<string>();
  for (let at = leaf; at !== null && !seen.has(at); ) {
    seen.add(at);
    const message = byId.get(at);
    if (message === undefined) break;
    path.push(message);
    at = message.parent;
  }
  return path.reverse();
}

function bySeq(a: Message, b: Message): number {
  return a.seq - b.seq;
}

/** All versions of `message`, itself among them, in the order of making. */
export function versionsOf(messages: readonly Message[], message: Message): Message[] {
  return messages.filter((other) => other.parent === message.parent && other.role === message.role).sort(bySeq);
}

/** How many versions each parent's children have, for a whole path at once: parent id → versions. */
export function versionTable(messages: readonly Message[]): Map<string, Message[]> {
  const table = new Map<string, Message[]>();
  for (const message of messages) {
    const key = versionKey(message);
    const list = table.get(key);
    if (list === undefined) table.set(key, [message]);
    else list.push(message);
  }
  for (const list of table.values()) if (list.length > 1) list.sort(bySeq);
  return table;
}

export function versionKey(message: Message): string {
  return `${message.role} ${message.parent ?? ''}`;
}

/** The newest end below `id`: what to show when the reader pages to that version. */
export function newestBelow(messages: readonly Message[], id: string): string {
  let at = id;
  for (let left = messages.length; left > 0; left -= 1) {
    const children = messages.filter((message) => message.parent === at);
    const newest = children.sort(bySeq).at(-1);
    if (newest === undefined) return at;
    at = newest.id;
  }
  return at;
}

/** `fresh` added to `messages`, or in the place of those with the same id. */
export function merged(messages: readonly Message[], fresh: readonly Message[]): readonly Message[] {
  if (fresh.length === 0) return messages;
  const byId = new Map(fresh.map((message) => [message.id, message]));
  const kept = messages.map((message) => {
    const replacement = byId.get(message.id);
    byId.delete(message.id);
    return replacement ?? message;
  });
  return byId.size === 0 ? kept : [...kept, ...byId.values()].sort(bySeq);
}

export function nextSeq(messages: readonly Message[]): number {
  return messages.reduce((highest, message) => Math.max(highest, message.seq), 0) + 1;
}
