// The rules of a conversation, in one pure function: every one of them is tested through it.
import { type Answer, type Chat, isBusy, lastAnswer, type Message, type Status, titleFrom } from './chat';
import type { ChatEvent } from './events';

function newAnswer(id: string, model: string): Answer {
  return { id, role: 'assistant', text: '', model, state: 'waiting', accepted: false, queuePlace: null, loading: false, stats: null, failure: null };
}

function withAnswer(chat: Chat, status: Status, change: Partial<Answer>): Chat {
  const answer = lastAnswer(chat);
  if (answer === null || !isBusy(chat)) return chat; // a late line of a run that already ended
  const messages: Message[] = chat.messages.slice(0, -1);
  messages.push({ ...answer, ...change });
  return { ...chat, status, messages };
}

function send(chat: Chat, event: Extract<ChatEvent, { type: 'message-sent' }>): Chat {
  if (isBusy(chat)) return chat;
  const messages: Message[] = [
    ...chat.messages,
    { id: event.id, role: 'user', text: event.text },
    newAnswer(event.answerId, event.model),
  ];
  const title = chat.title === '' ? titleFrom(event.text) : chat.title;
  return { ...chat, title, status: 'waiting', changed: event.at, messages };
}

function retry(chat: Chat, event: Extract<ChatEvent, { type: 'retry-asked' }>): Chat {
  if (isBusy(chat) || lastAnswer(chat) === null) return chat;
  const messages: Message[] = [...chat.messages.slice(0, -1), newAnswer(event.answerId, event.model)];
  return { ...chat, status: 'waiting', changed: event.at, messages };
}

export function reduce(chat: Chat, event: ChatEvent): Chat {
  switch (event.type) {
    case 'message-sent':
      return send(chat, event);
    case 'retry-asked':
      return retry(chat, event);
    case 'message-queued':
      return { ...chat, queued: event.text };
    case 'queue-cleared':
      return { ...chat, queued: null };
    case 'draft-changed':
      return { ...chat, draft: event.text };
    case 'run-started':
      return withAnswer(chat, 'waiting', event.model === '' ? { accepted: true } : { accepted: true, model: event.model });
    case 'queue-place':
      return withAnswer(chat, 'waiting', { queuePlace: event.place, loading: false });
    case 'model-loading':
      return withAnswer(chat, 'waiting', { queuePlace: null, loading: true });
    case 'text-start':
      return withAnswer(chat, 'streaming', { state: 'streaming', queuePlace: null, loading: false });
    case 'text-delta': {
      const text = (lastAnswer(chat)?.text ?? '') + event.text;
      return withAnswer(chat, 'streaming', { state: 'streaming', queuePlace: null, loading: false, text });
    }
    case 'stats-final':
      return withAnswer(chat, 'idle', { state: 'done', queuePlace: null, loading: false, stats: event.stats });
    case 'run-stopped':
      return withAnswer(chat, 'stopped', { state: 'stopped', queuePlace: null, loading: false, stats: event.stats });
    case 'run-failed':
      return withAnswer(chat, 'failed', { state: 'failed', queuePlace: null, loading: false, failure: event.failure });
  }
}

/** A chat as read from storage: an answer that was still coming when the page went away is marked so. */
export function restored(chat: Chat): Chat {
  if (!isBusy(chat)) return chat;
  return reduce(chat, { type: 'run-failed', failure: { code: 'interrupted', message: '' } });
}
