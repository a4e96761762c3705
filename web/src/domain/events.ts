// Everything that can happen to a chat: the server's stream events (docs/page-api.md) and the user's acts.
import type { AnswerStats, Failure } from './chat';

export type StreamEvent =
  | { readonly type: 'run-started'; readonly run: string; readonly model: string }
  | { readonly type: 'queue-place'; readonly place: number }
  | { readonly type: 'model-loading' }
  | { readonly type: 'text-start' }
  | { readonly type: 'text-delta'; readonly text: string }
  | { readonly type: 'stats-final'; readonly stats: AnswerStats }
  | { readonly type: 'run-stopped'; readonly stats: AnswerStats | null }
  | { readonly type: 'run-failed'; readonly failure: Failure };

export type UserEvent =
  | { readonly type: 'message-sent'; readonly id: string; readonly answerId: string; readonly text: string; readonly model: string; readonly at: number }
  | { readonly type: 'retry-asked'; readonly answerId: string; readonly model: string; readonly at: number }
  | { readonly type: 'message-queued'; readonly text: string }
  | { readonly type: 'queue-cleared' }
  | { readonly type: 'draft-changed'; readonly text: string };

export type ChatEvent = StreamEvent | UserEvent;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function statsFrom(line: Record<string, unknown>): AnswerStats {
  return {
    seconds: number(line.seconds) ?? 0,
    characters: number(line.characters) ?? 0,
    tokens: number(line.tokens) ?? 0,
    tokensPerSecond: number(line.tokens_per_second) ?? 0,
    firstTokenSeconds: number(line.first_token_seconds),
    promptTokens: number(line.prompt_tokens),
    cachedTokens: number(line.cached_tokens),
    contextTokens: number(line.context_tokens),
    contextLength: number(line.context_length),
    cutOff: line.reason === 'length',
  };
}

/** One parsed line of the stream → event, or null for a line that this page does not know (newer server). */
export function toStreamEvent(line: unknown): StreamEvent | null {
  if (!isRecord(line)) return null;
  if (typeof line.t === 'string') return { type: 'text-delta', text: line.t };
  switch (line.type) {
    case 'run-started':
      return { type: 'run-started', run: String(line.run ?? ''), model: String(line.model ?? '') };
    case 'queue-place':
      return { type: 'queue-place', place: number(line.place) ?? 1 };
    case 'model-loading':
    case 'text-start':
      return { type: line.type };
    case 'stats-final':
      return { type: 'stats-final', stats: statsFrom(line) };
    case 'run-stopped':
      return { type: 'run-stopped', stats: number(line.tokens) === undefined ? null : statsFrom(line) };
    case 'run-failed':
      return { type: 'run-failed', failure: { code: String(line.code ?? 'internal'), message: String(line.message ?? '') } };
    default:
      return null;
  }
}

export function isFinal(event: StreamEvent): boolean {
  return event.type === 'stats-final' || event.type === 'run-stopped' || event.type === 'run-failed';
}
