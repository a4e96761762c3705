// Asks the model for a summary of what it no longer sees and puts it into the chat's system prompt. It runs as a
// temporary chat, so nothing of it is stored.
import { kTemporary, type Message } from '../domain/chat';
import { toStreamEvent } from '../domain/events';
import type { App } from '../state/app.svelte';
import { newId } from '../state/storage';
import type { Thread } from '../state/thread.svelte';
import { deleteChat, startRun } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom } from '../transport/request';

const kMostCharacters = 6000; // of the newest unseen text: the summary must fit a small context itself

async function answerTo(chat: string, text: string, model: string): Promise<string> {
  const message = { id: newId(), content: text, parent: null, attachments: [] };
  const response = await startRun(chat, { kind: 'message', message, model, settings: { temperature: 0, max_tokens: 300 } }, new AbortController().signal);
  let answer = '';
  for await (const lines of readLines(response)) {
    for (const event of lines.map(toStreamEvent)) {
      if (event?.type === 'text-delta') answer += event.text;
      if (event?.type === 'run-failed') throw new Error(event.failure.message || event.failure.code);
    }
  }
  return answer.trim();
}

export async function summariseUnseen(app: App, thread: Thread, firstSeen: string): Promise<void> {
  const words = app.preferences.words;
  const end = thread.stored.findIndex((message) => message.id === firstSeen);
  const unseen: readonly Message[] = thread.stored.slice(0, Math.max(0, end));
  const text = unseen.map((message) => `${message.role}: ${message.text}`).join('\n\n').slice(-kMostCharacters);
  const chat = kTemporary + newId();
  try {
    const summary = await answerTo(chat, `${words.text('summary_ask')}\n\n${text}`, app.modelName);
    const before = app.settings.system_prompt.split(words.text('summary_before'))[0]?.trim() ?? '';
    thread.change({ settings: { system_prompt: `${before}\n\n${words.text('summary_before')}\n${summary}`.trim() } });
    app.chats.notice = { code: 'summarised', message: '' };
  } catch (cause) {
    app.chats.notice = failureFrom(cause);
  }
  void deleteChat(chat).catch(() => undefined);
}
