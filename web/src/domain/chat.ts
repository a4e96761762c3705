// What a conversation is, for the page. Plain immutable values: no DOM, no fetch, no clock.
import type { ChatSettings } from './settings';

/** What went wrong, as a code of src/base/error.h or one of the page's own (domain/failure.ts). */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Figures of an answer; seconds are wall time of the server, characters are Unicode code points. */
export interface AnswerStats {
  readonly seconds: number;
  readonly characters: number;
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly firstTokenSeconds: number;
  readonly thinkingSeconds: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly contextTokens: number;
  readonly contextLength: number;
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly bytes: number;
  readonly tokens: number; // an estimate
}

export interface Feedback {
  readonly rating: 1 | -1;
  readonly comment: string;
}

interface Node {
  readonly id: string;
  readonly parent: string | null;
  readonly seq: number; // order of making; versions of one another have the same parent
  readonly text: string;
  readonly created: number; // milliseconds since 1970
  readonly edited: number; // 0: never
}

export interface UserMessage extends Node {
  readonly role: 'user';
  readonly attachments: readonly Attachment[];
}

/** `cut`: the server ended in mid-answer. */
export type AnswerState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed' | 'cut';

export interface Answer extends Node {
  readonly role: 'assistant';
  readonly thinking: string;
  readonly model: string;
  readonly state: AnswerState;
  readonly accepted: boolean; // the server has the question; before that a retry must send it again
  readonly queuePlace: number | null; // 1 = next; null where the answer does not wait in line
  readonly waitSeconds: number | null;
  readonly loading: boolean; // the model is being read into memory
  readonly lost: boolean; // the connection broke; the page tries to get back to the run
  readonly cutOff: boolean; // ended by max_tokens or by the context, not by the model
  readonly unseen: { readonly count: number; readonly firstSeen: string } | null; // what did not fit
  readonly stats: AnswerStats | null;
  readonly failure: Failure | null;
  readonly saved: boolean;
  readonly feedback: Feedback | null;
  readonly run: string;
}

export type Message = UserMessage | Answer;

/** A conversation without its messages, as the list has it. */
export interface ChatInfo {
  readonly id: string; // 1 to 64 of [A-Za-z0-9_-]
  readonly title: string;
  readonly created: number;
  readonly updated: number;
  readonly pinned: boolean;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly model: string;
  readonly profile: string;
  readonly settings: ChatSettings;
  readonly leaf: string | null;
  readonly shared: string;
  readonly temporary: boolean;
  readonly running: boolean;
}

export const kTemporary = 'tmp-';

export function makeChatInfo(id: string, at: number): ChatInfo {
  return { id, title: '', created: at, updated: at, pinned: false, folder: '', tags: [], model: '', profile: '', settings: {}, leaf: null, shared: '', temporary: id.startsWith(kTemporary), running: false };
}

export function makeAnswer(node: { id: string; parent: string; seq: number; model: string; created: number }): Answer {
  return {
    ...node, role: 'assistant', text: '', edited: 0, thinking: '', state: 'waiting', accepted: false, queuePlace: null, waitSeconds: null,
    loading: false, lost: false, cutOff: false, unseen: null, stats: null, failure: null, saved: true, feedback: null, run: '',
  };
}

export function isComing(message: Message): message is Answer {
  return message.role === 'assistant' && (message.state === 'waiting' || message.state === 'streaming');
}

/** The first line of the first message, cut between words near 48 characters. */
export function titleFrom(text: string): string {
  const line = text.trim().split('\n', 1)[0]?.trim() ?? '';
  const characters = Array.from(line);
  if (characters.length <= 48) return line;
  const cut = characters.slice(0, 48).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > 24 ? cut.slice(0, space) : cut}…`;
}
