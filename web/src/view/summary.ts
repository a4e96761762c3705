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

const kAnswerTokens = 300;
const kCharactersPerToken = 1.5; // on the safe side: a piece that is too long anyway is halved
const kSmallestPiece = 400;
const kLargestPiece = 8000;

interface Asking {
  readonly chat: string; // a temporary one
  readonly model: string;
  readonly context: number; // tokens; 0: not known
  readonly signal: AbortSignal;
}

async function answerTo(text: string, { chat, model, context, signal }: Asking): Promise<string> {
  const message = { id: newId(), content: text, parent: null, attachments: [] };
  const settings = { temperature: 0, max_tokens: kAnswerTokens, system_prompt: '', ...(context > 0 && { context }) };
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
async function summaryOf(text: string, before: string, ask: string, asking: Asking): Promise<string> {
  let summary = before;
  let size = asking.context > 0 ? Math.max(kSmallestPiece, Math.min(kLargestPiece, (asking.context - 2 * kAnswerTokens) * kCharactersPerToken)) : kLargestPiece;
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
  const words = app.preferences.words;
  const unseen: readonly Message[] = thread.stored.slice(sight.from, sight.to);
  const until = unseen.at(-1)?.id ?? '';
  const text = unseen.map((message) => `${message.role}: ${message.text}`).join('\n\n');
  const heading = words.text('summary_before');
  const chat = kTemporary + newId();
  try {
    const context = app.settings.context ?? 0;
    const summary = await summaryOf(text, sight.told.replace(heading, '').trim(), words.text('summary_ask'), { chat, model: app.modelName, context, signal });
    if (summary === '') app.chats.notice = { code: 'said', message: words.text('answer_empty') };
    else thread.change({ settings: { summary: { until, text: `${heading}\n${summary}` } } });
  } catch (cause) {
    if (!isAbort(cause)) app.chats.notice = failureFrom(cause);
  }
  void deleteChat(chat).catch(() => undefined); // stops it too
}
