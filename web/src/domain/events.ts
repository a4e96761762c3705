// Lines of a run's stream (docs/page-api.md) as values.
import type { Answer, AnswerStats, Failure, UserMessage } from './chat';
import { isRecord, type Json, num, record, str } from './json';
import { toMessage, toStats } from './wire';

export type StreamEvent =
  | { readonly type: 'run-started'; readonly run: string; readonly model: string; readonly question: UserMessage | null; readonly answer: Answer | null }
  | { readonly type: 'queue-place'; readonly place: number; readonly waitSeconds: number | null }
  | { readonly type: 'model-loading' }
  | { readonly type: 'context'; readonly tokens: number; readonly length: number; readonly unseen: number; readonly firstSeen: string }
  | { readonly type: 'text-start' }
  | { readonly type: 'thought-delta'; readonly text: string }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'connection'; readonly lost: boolean }
  | { readonly type: 'stats-final'; readonly stats: AnswerStats; readonly cutOff: boolean; readonly saved: boolean }
  | { readonly type: 'run-stopped'; readonly stats: AnswerStats | null; readonly saved: boolean }
  | { readonly type: 'run-failed'; readonly failure: Failure };

function startedFrom(line: Json): StreamEvent {
  const question = toMessage(line.question);
  const answer = toMessage(line.answer);
  return {
    type: 'run-started',
    run: str(line.run),
    model: str(line.model),
    question: question?.role === 'user' ? question : null,
    answer: answer?.role === 'assistant' ? answer : null,
  };
}

/** One parsed line of the stream → event, or null for a line that this page does not know (newer server). */
export function toStreamEvent(line: unknown): StreamEvent | null {
  if (!isRecord(line)) return null;
  if (typeof line.t === 'string') return { type: 'text-delta', text: line.t };
  if (typeof line.th === 'string') return { type: 'thought-delta', text: line.th };
  switch (line.type) {
    case 'run-started':
      return startedFrom(line);
    case 'queue-place':
      return { type: 'queue-place', place: num(line.place, 1), waitSeconds: typeof line.wait_seconds === 'number' ? line.wait_seconds : null };
    case 'model-loading':
    case 'text-start':
      return { type: line.type };
    case 'context':
      return { type: 'context', tokens: num(line.tokens, 0), length: num(line.length, 0), unseen: num(line.unseen, 0), firstSeen: str(line.first_seen) };
    case 'stats-final':
      return { type: 'stats-final', stats: toStats(line), cutOff: line.reason === 'length', saved: line.saved !== false };
    case 'run-stopped':
      return { type: 'run-stopped', stats: typeof line.tokens === 'number' ? toStats(line) : null, saved: line.saved !== false };
    case 'run-failed':
      return { type: 'run-failed', failure: { code: str(line.code, 'internal'), message: str(line.message) } };
    default:
      return null;
  }
}

export function isFinal(event: StreamEvent): boolean {
  return event.type === 'stats-final' || event.type === 'run-stopped' || event.type === 'run-failed';
}

/** Neighbouring deltas become one, so that a frame costs one change however many tokens came. */
export function mergedDeltas(events: readonly StreamEvent[]): StreamEvent[] {
  const result: StreamEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    const delta = event.type === 'text-delta' || event.type === 'thought-delta';
    if (delta && last?.type === event.type) result[result.length - 1] = { type: event.type, text: last.text + event.text };
    else result.push(event);
  }
  return result;
}

/** A line of `/ui/feed`. */
export type FeedEvent =
  | { readonly type: 'chat-changed'; readonly chat: unknown }
  | { readonly type: 'chat-deleted'; readonly id: string }
  | { readonly type: 'message-changed'; readonly chat: string; readonly message: unknown }
  | { readonly type: 'messages-deleted'; readonly chat: string; readonly ids: readonly string[] }
  | { readonly type: 'run-ended'; readonly chat: string; readonly run: string; readonly answer: string }
  | { readonly type: 'chats-changed' }
  | { readonly type: 'reset' };

export function toFeedEvent(value: unknown): FeedEvent | null {
  const line = record(value);
  switch (line.type) {
    case 'chat-changed':
      return { type: 'chat-changed', chat: line.chat };
    case 'chat-deleted':
      return { type: 'chat-deleted', id: str(line.id) };
    case 'message-changed':
      return { type: 'message-changed', chat: str(line.chat), message: line.message };
    case 'messages-deleted':
      return { type: 'messages-deleted', chat: str(line.chat), ids: Array.isArray(line.ids) ? line.ids.map(String) : [] };
    case 'run-ended':
      return { type: 'run-ended', chat: str(line.chat), run: str(line.run), answer: str(line.answer) };
    case 'chats-changed':
    case 'reset':
      return { type: line.type };
    default:
      return null;
  }
}
