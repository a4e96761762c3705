// CHAT and MESSAGE of docs/page-api.md → values of the page. What is not whole comes out as null.
import { type Answer, type AnswerState, type AnswerStats, type Attachment, type ChatInfo, type Feedback, kTemporary, type Message } from './chat';
import { isRecord, list, num, record, str } from './json';
import type { ChatSettings } from './settings';

const kStates: Readonly<Record<string, AnswerState>> = { streaming: 'streaming', complete: 'done', stopped: 'stopped', failed: 'failed', cut: 'cut' };

export function toStats(value: unknown): AnswerStats {
  const line = record(value);
  return {
    seconds: num(line.seconds, 0),
    characters: num(line.characters, 0),
    tokens: num(line.tokens, 0),
    tokensPerSecond: num(line.tokens_per_second, 0),
    firstTokenSeconds: num(line.first_token_seconds, 0),
    thinkingSeconds: num(line.thinking_seconds, 0),
    promptTokens: num(line.prompt_tokens, 0),
    cachedTokens: num(line.cached_tokens, 0),
    contextTokens: num(line.context_tokens, 0),
    contextLength: num(line.context_length, 0),
  };
}

function toUnseen(stats: unknown): Answer['unseen'] {
  const { unseen, first_seen } = record(stats);
  return num(unseen, 0) > 0 && str(first_seen) !== '' ? { count: num(unseen, 0), firstSeen: str(first_seen) } : null;
}

export function toAttachment(value: unknown): Attachment | null {
  const file = record(value);
  if (str(file.id) === '') return null;
  return { id: str(file.id), name: str(file.name), kind: str(file.kind), bytes: num(file.bytes, 0), tokens: num(file.tokens, 0) };
}

function toFeedback(value: unknown): Feedback | null {
  const given = record(value);
  return given.rating === 1 || given.rating === -1 ? { rating: given.rating, comment: str(given.comment) } : null;
}

export function toMessage(value: unknown): Message | null {
  if (!isRecord(value) || str(value.id) === '') return null;
  const node = {
    id: str(value.id),
    parent: typeof value.parent === 'string' ? value.parent : null,
    seq: num(value.seq, 0),
    text: str(value.content),
    created: num(value.created, 0),
    edited: num(value.edited, 0),
  };
  if (value.role === 'user') return { ...node, role: 'user', attachments: list(value.attachments).map(toAttachment).filter((file) => file !== null) };
  if (value.role !== 'assistant') return null;
  const error = isRecord(value.error) ? { code: str(value.error.code, 'internal'), message: str(value.error.message) } : null;
  const answer: Answer = {
    ...node,
    role: 'assistant',
    thinking: str(value.thinking),
    model: str(value.model),
    state: kStates[str(value.state)] ?? 'done',
    accepted: true,
    queuePlace: null,
    waitSeconds: null,
    loading: false,
    lost: false,
    cutOff: value.reason === 'length',
    unseen: toUnseen(value.stats),
    stats: isRecord(value.stats) ? toStats(value.stats) : null,
    failure: error,
    saved: true,
    feedback: toFeedback(value.feedback),
    run: str(value.run),
  };
  return answer;
}

export function toMessages(value: unknown): Message[] {
  return list(value).map(toMessage).filter((message) => message !== null);
}

export function toChatInfo(value: unknown): ChatInfo | null {
  if (!isRecord(value) || str(value.id) === '') return null;
  return {
    id: str(value.id),
    title: str(value.title),
    created: num(value.created, 0),
    updated: num(value.updated, 0),
    pinned: value.pinned === true,
    folder: str(value.folder),
    tags: list(value.tags).map(String),
    model: str(value.model),
    profile: str(value.profile),
    settings: record(value.settings) as ChatSettings,
    leaf: typeof value.leaf === 'string' ? value.leaf : null,
    shared: str(value.shared),
    temporary: value.temporary === true || str(value.id).startsWith(kTemporary),
    running: list(value.runs).length > 0,
  };
}
