import { describe, expect, it } from 'vitest';
import { type Answer, type Chat, historyOf, lastAnswer, makeChat, titleFrom } from './chat';
import { type ChatEvent, toStreamEvent } from './events';
import { reduce, restored } from './reduce';
import { parseChat, serializeChat } from './stored';

const kSent: ChatEvent = { type: 'message-sent', id: 'm1', answerId: 'a1', text: 'Hello', model: 'smollm2:135m', at: 5 };

/** A stream as the server writes it (docs/page-api.md). */
const kRecorded = [
  '{"type":"run-started","run":"r17","model":"smollm2:135m"}',
  '{"type":"queue-place","place":2}',
  '{"type":"queue-place","place":1}',
  '{"type":"model-loading"}',
  '{"type":"text-start"}',
  '{"t":"Hi"}',
  '{"t":" there"}',
  '{"type":"stats-final","seconds":4.8,"first_token_seconds":0.3,"characters":8,"tokens":2,"tokens_per_second":21.4,"prompt_tokens":37,"cached_tokens":12,"context_tokens":1204,"context_length":4096,"reason":"stop"}',
];

function played(lines: readonly string[], chat: Chat = reduce(makeChat('c1', 0), kSent)): Chat {
  return lines.reduce((current, line) => {
    const event = toStreamEvent(JSON.parse(line));
    return event === null ? current : reduce(current, event);
  }, chat);
}

function answerOf(chat: Chat): Answer {
  const answer = lastAnswer(chat);
  if (answer === null) throw new Error('the chat has no answer');
  return answer;
}

describe('reduce', () => {
  it('walks a recorded stream through every state', () => {
    const seen = kRecorded.map((_, index) => {
      const chat = played(kRecorded.slice(0, index + 1));
      const answer = answerOf(chat);
      return [chat.status, answer.state, answer.queuePlace, answer.loading, answer.text];
    });
    expect(seen).toEqual([
      ['waiting', 'waiting', null, false, ''],
      ['waiting', 'waiting', 2, false, ''],
      ['waiting', 'waiting', 1, false, ''],
      ['waiting', 'waiting', null, true, ''],
      ['streaming', 'streaming', null, false, ''],
      ['streaming', 'streaming', null, false, 'Hi'],
      ['streaming', 'streaming', null, false, 'Hi there'],
      ['idle', 'done', null, false, 'Hi there'],
    ]);
    expect(answerOf(played(kRecorded)).stats).toEqual({
      seconds: 4.8, characters: 8, tokens: 2, tokensPerSecond: 21.4, firstTokenSeconds: 0.3,
      promptTokens: 37, cachedTokens: 12, contextTokens: 1204, contextLength: 4096, cutOff: false,
    });
  });

  it('titles a chat with its first message and keeps that title', () => {
    const first = played(kRecorded);
    expect(first.title).toBe('Hello');
    expect(reduce(first, { ...kSent, id: 'm2', answerId: 'a2', text: 'Again' } as ChatEvent).title).toBe('Hello');
  });

  it('keeps the partial text of a stopped answer', () => {
    const chat = played([...kRecorded.slice(0, 6), '{"type":"run-stopped","seconds":1,"characters":2,"tokens":1,"tokens_per_second":1}']);
    expect([chat.status, answerOf(chat).state, answerOf(chat).text, answerOf(chat).stats?.tokens]).toEqual(['stopped', 'stopped', 'Hi', 1]);
  });

  it('keeps the partial text of a failed answer, with the failure', () => {
    const chat = played([...kRecorded.slice(0, 6), '{"type":"run-failed","code":"unavailable","message":"gone"}']);
    expect([chat.status, answerOf(chat).text]).toEqual(['failed', 'Hi']);
    expect(answerOf(chat).failure).toEqual({ code: 'unavailable', message: 'gone' });
  });

  it('marks an answer that reached its limit', () => {
    const chat = played([...kRecorded.slice(0, 7), '{"type":"stats-final","seconds":1,"characters":8,"tokens":2,"tokens_per_second":2,"reason":"length"}']);
    expect(answerOf(chat).stats?.cutOff).toBe(true);
  });

  it('ignores events after the end and lines it does not know', () => {
    const done = played(kRecorded);
    expect(played(['{"t":"late"}', '{"type":"run-failed","code":"internal","message":""}', '{"type":"from-the-future"}', '7'], done)).toBe(done);
  });

  it('does not send a second message while an answer is coming', () => {
    const busy = played(kRecorded.slice(0, 6));
    expect(reduce(busy, kSent)).toBe(busy);
    expect(reduce(busy, { type: 'message-queued', text: 'Next' }).queued).toBe('Next');
  });

  it('replaces the answer on retry and knows whether the server has the question', () => {
    const failed = reduce(reduce(makeChat('c1', 0), kSent), { type: 'run-failed', failure: { code: 'unreachable', message: '' } });
    expect(answerOf(failed).accepted).toBe(false);
    const again = reduce(failed, { type: 'retry-asked', answerId: 'a2', model: 'other', at: 9 });
    expect(again.messages).toHaveLength(2);
    expect([answerOf(again).id, answerOf(again).model, answerOf(again).failure, again.status]).toEqual(['a2', 'other', null, 'waiting']);
    expect(answerOf(played(kRecorded)).accepted).toBe(true);
  });
});

describe('history', () => {
  it('holds question and answer, and leaves out a question that got no word', () => {
    const first = played(kRecorded);
    const asked = reduce(first, { ...kSent, id: 'm2', answerId: 'a2', text: 'Lost' } as ChatEvent);
    const failed = reduce(asked, { type: 'run-failed', failure: { code: 'timeout', message: '' } });
    expect(historyOf(failed.messages)).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi there' },
    ]);
  });

  it('ends in the question where the answer is to be given again', () => {
    expect(historyOf(played(kRecorded).messages.slice(0, -1))).toEqual([{ role: 'user', content: 'Hello' }]);
  });
});

describe('titleFrom', () => {
  it('takes the first line, cut between words', () => {
    expect(titleFrom('  Short\nSecond')).toBe('Short');
    expect(titleFrom('How long does a samovar need to boil five litres on a fire')).toBe('How long does a samovar need to boil five…');
    expect(titleFrom('я'.repeat(60))).toBe(`${'я'.repeat(48)}…`);
  });
});

describe('stored chats', () => {
  it('come back equal', () => {
    const chat = { ...played(kRecorded), draft: 'half a thou', queued: 'later' };
    expect(parseChat(serializeChat(chat))).toEqual(chat);
  });

  it('mark an answer that was still coming as interrupted, keeping its text', () => {
    const chat = restored(played(kRecorded.slice(0, 6)));
    expect([chat.status, answerOf(chat).state, answerOf(chat).text, answerOf(chat).failure?.code]).toEqual(['failed', 'failed', 'Hi', 'interrupted']);
  });

  it('are refused or repaired when they are not what this page wrote', () => {
    const bad = ['', 'null', '[]', '{"version":2}', '{"version":1,"messages":[]}', '{"version":1,"id":"../x","messages":[]}'];
    expect(bad.map(parseChat)).toEqual(bad.map(() => null));
    const odd = parseChat('{"version":1,"id":"c","messages":[null,{"id":"m","role":"user","text":"Hi"},{"role":"x"}],"status":"?","stats":3}');
    expect(odd).toEqual({ id: 'c', title: '', changed: 0, status: 'idle', draft: '', queued: null, messages: [{ id: 'm', role: 'user', text: 'Hi' }] });
  });
});
