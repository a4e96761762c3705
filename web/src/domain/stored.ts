// A chat ↔ the JSON that the browser keeps. Whatever is found there, only a whole chat comes out.
import type { Answer, AnswerState, AnswerStats, Chat, Failure, Message, Status } from './chat';
import { restored } from './reduce';

const kVersion = 1;
const kStates: readonly AnswerState[] = ['waiting', 'streaming', 'done', 'stopped', 'failed'];
const kStatuses: readonly Status[] = ['idle', 'waiting', 'streaming', 'stopped', 'failed'];

type Json = Record<string, unknown>;

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toFailure(value: unknown): Failure | null {
  if (!isJson(value) || typeof value.code !== 'string') return null;
  return { code: value.code, message: typeof value.message === 'string' ? value.message : '' };
}

function toStats(value: unknown): AnswerStats | null {
  if (!isJson(value)) return null;
  const figures = ['seconds', 'characters', 'tokens', 'tokensPerSecond'].every((key) => typeof value[key] === 'number');
  return figures ? ({ cutOff: false, ...value } as unknown as AnswerStats) : null;
}

function toMessage(value: unknown): Message | null {
  if (!isJson(value) || typeof value.id !== 'string' || typeof value.text !== 'string') return null;
  if (value.role === 'user') return { id: value.id, role: 'user', text: value.text };
  if (value.role !== 'assistant') return null;
  const state = kStates.find((known) => known === value.state) ?? 'done';
  const answer: Answer = {
    id: value.id,
    role: 'assistant',
    text: value.text,
    model: typeof value.model === 'string' ? value.model : '',
    state,
    accepted: value.accepted === true,
    queuePlace: null,
    loading: false,
    stats: toStats(value.stats),
    failure: toFailure(value.failure),
  };
  return answer;
}

export function serializeChat(chat: Chat): string {
  return JSON.stringify({ version: kVersion, ...chat });
}

/** null where `text` is no chat of this version. An answer that was still coming is marked as interrupted. */
export function parseChat(text: string): Chat | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isJson(value) || value.version !== kVersion || !Array.isArray(value.messages)) return null;
  if (typeof value.id !== 'string' || !/^[A-Za-z0-9_-]{1,64}$/.test(value.id)) return null;
  const messages = value.messages.map(toMessage).filter((message) => message !== null);
  return restored({
    id: value.id,
    title: typeof value.title === 'string' ? value.title : '',
    changed: typeof value.changed === 'number' ? value.changed : 0,
    status: kStatuses.find((known) => known === value.status) ?? 'idle',
    messages,
    draft: typeof value.draft === 'string' ? value.draft : '',
    queued: typeof value.queued === 'string' ? value.queued : null,
  });
}
