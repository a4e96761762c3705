// A conversation of this page as a file that the server's import takes (docs/page-api.md).
import type { AnswerState, AnswerStats, ChatInfo, Message } from './chat';

function fromStats(stats: AnswerStats): Record<string, number> {
  const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(stats).map(([name, value]) => [snake(name), value]));
}

const kStored: Readonly<Record<AnswerState, string>> = { done: 'complete', stopped: 'stopped', failed: 'failed', cut: 'cut', waiting: 'cut', streaming: 'cut' };

/** A conversation as the server's own export has it, so that it can be imported again; `textOf` its files by their ids. */
export function exportOf(info: ChatInfo, messages: readonly Message[], textOf: ReadonlyMap<string, string>): string {
  const leaf = messages.findLast((message) => message.id === info.leaf) ?? messages.at(-1);
  const { id, title, created, updated, pinned, folder, tags, model, profile, settings } = info;
  const turns = messages.map((message) => ({
    id: message.id,
    parent: message.parent,
    role: message.role,
    content: message.text,
    created: message.created,
    edited: message.edited,
    ...(message.role === 'user' && { attachments: message.attachments, attachment_texts: message.attachments.map((file) => textOf.get(file.id) ?? '') }),
    ...(message.role === 'assistant' && { thinking: message.thinking, model: message.model, state: kStored[message.state], reason: message.cutOff ? 'length' : 'stop', stats: message.stats && fromStats(message.stats), feedback: message.feedback }),
  }));
  const chat = { id, title, title_by: 'user', created, updated, pinned, folder, tags, model, profile, settings, leaf: leaf?.id ?? null, messages: turns };
  return JSON.stringify({ format: 'samovar-conversations', version: 1, chats: [chat] });
}
