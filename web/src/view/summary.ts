// Asks the model for a summary of what it no longer sees; the chat's prompts begin with it from then on
// (settings.summary). The asking runs as a temporary chat, so nothing of it is stored.
import { kTemporary, type Message } from '../domain/chat';
import { toStreamEvent } from '../domain/events';
import type { Sight } from '../domain/sight';
import type { App } from '../state/app.svelte';
import { newId } from '../state/storage';
import type { Thread } from '../state/thread.svelte';
import { deleteChat, startRun } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom, isAbort, RequestError } from '../transport/request';

const kMostAnswerTokens = 300;
const kLeastAnswerTokens = 64;
const kCharactersPerToken = 1.5; // on the safe side: a piece that is too long anyway is halved
const kSmallestPiece = 400;
const kLargestPiece = 8000;

interface Asking {
  readonly chat: string; // a temporary one
  readonly model: string;
  readonly context: number | null; // as this chat's settings say; null: the server's own
  readonly answerTokens: number;
  readonly signal: AbortSignal;
}

async function answerTo(text: string, { chat, model, context, answerTokens, signal }: Asking): Promise<string> {
  const message = { id: newId(), content: text, parent: null, attachments: [] };
  const settings = { temperature: 0, max_tokens: answerTokens, system_prompt: '', ...(context !== null && { context }) };
  const response = await startRun(chat, { kind: 'message', message, model, settings }, signal);
  let answer = '';
  for await (const lines of readLines(response)) {
    for (const event of lines.map(toStreamEvent)) {
      if (event?.type === 'text-delta') answer += event.text;
      if (event?.type === 'run-failed') throw new RequestError(event.failure);
    }
  }
  return answer.trim();
}

/** Piece by piece, each together with the summary of those before it: any length fits any context. */
async function summaryOf(text: string, before: string, ask: string, length: number, asking: Asking): Promise<string> {
  let summary = before;
  const room = (length - 2 * asking.answerTokens) * kCharactersPerToken;
  let size = length > 0 ? Math.max(kSmallestPiece, Math.min(kLargestPiece, room)) : kLargestPiece;
  for (let rest = text; rest !== ''; ) {
    const piece = rest.slice(0, size);
    try {
      summary = await answerTo([ask, summary, piece].filter((part) => part !== '').join('\n\n'), asking);
      rest = rest.slice(piece.length);
    } catch (cause) {
      if (isAbort(cause) || failureFrom(cause).code !== 'too-long' || size <= kSmallestPiece) throw cause;
      size = Math.max(kSmallestPiece, size / 2);
    }
  }
  return summary;
}

export async function summariseUnseen(app: App, thread: Thread, sight: Sight, signal: AbortSignal): Promise<void> {
  await app.preferences.loadSheetWords();
  const words = app.preferences.allWords;
  const unseen: readonly Message[] = thread.stored.slice(sight.from, sight.to);
  const until = unseen.at(-1)?.id ?? '';
  const text = unseen.map((message) => `${message.role}: ${message.text}`).join('\n\n');
  const heading = words.text('summary_before');
  const chat = kTemporary + newId();
  try {
    const context = app.settings.context ?? null;
    const length = context ?? thread.lastAnswer?.stats?.contextLength ?? 0; // tokens; 0: not known
    const answerTokens = length > 0 ? Math.max(kLeastAnswerTokens, Math.min(kMostAnswerTokens, Math.floor(length / 5))) : kMostAnswerTokens;
    const asking = { chat, model: app.modelName, context, answerTokens, signal };
    const summary = await summaryOf(text, sight.told.replace(heading, '').trim(), words.text('summary_ask'), length, asking);
    if (summary === '') app.chats.notice = { code: 'said', message: words.text('answer_empty') };
    else thread.change({ settings: { summary: { until, text: `${heading}\n${summary}` } } });
  } catch (cause) {
    if (!isAbort(cause)) app.chats.notice = failureFrom(cause);
  }
  void deleteChat(chat).catch(() => undefined); // stops it too
}
