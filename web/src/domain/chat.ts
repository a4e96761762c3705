// What a conversation is, for the page. Plain immutable values: no DOM, no fetch, no clock.

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
  readonly firstTokenSeconds?: number | undefined;
  readonly promptTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly contextTokens?: number | undefined;
  readonly contextLength?: number | undefined;
  readonly cutOff: boolean; // ended by max_tokens or by the context, not by the model
}

export interface UserMessage {
  readonly id: string;
  readonly role: 'user';
  readonly text: string;
}

export type AnswerState = 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

export interface Answer {
  readonly id: string;
  readonly role: 'assistant';
  readonly text: string;
  readonly model: string;
  readonly state: AnswerState;
  readonly accepted: boolean; // the server has the question; before that a retry must send it again
  readonly queuePlace: number | null; // 1 = next; null where the answer does not wait in line
  readonly loading: boolean; // the model is being read into memory
  readonly stats: AnswerStats | null;
  readonly failure: Failure | null;
}

export type Message = UserMessage | Answer;

export type Status = 'idle' | 'waiting' | 'streaming' | 'stopped' | 'failed';

export interface Chat {
  readonly id: string; // 1 to 64 of [A-Za-z0-9_-]
  readonly title: string; // empty until the first message
  readonly changed: number; // milliseconds since 1970 of the last message
  readonly status: Status;
  readonly messages: readonly Message[];
  readonly draft: string;
  readonly queued: string | null; // typed while an answer comes; sent when it is complete
}

export interface HistoryTurn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

export function makeChat(id: string, changed: number): Chat {
  return { id, title: '', changed, status: 'idle', messages: [], draft: '', queued: null };
}

export function isBusy(chat: Chat): boolean {
  return chat.status === 'waiting' || chat.status === 'streaming';
}

export function lastAnswer(chat: Chat): Answer | null {
  const last = chat.messages.at(-1);
  return last?.role === 'assistant' ? last : null;
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

/**
 * The turns a model should see. A question whose answer failed without a word is left out together with
 * it, because templates of several models refuse two questions in a row. `messages` may end in a question.
 */
export function historyOf(messages: readonly Message[]): HistoryTurn[] {
  const turns: HistoryTurn[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'user') {
      const next = messages[index + 1];
      const unanswered = next?.role === 'assistant' && next.text === '';
      if (!unanswered) turns.push({ role: 'user', content: message.text });
    } else if (message.text !== '') {
      turns.push({ role: 'assistant', content: message.text });
    }
  });
  return turns;
}
