import { describe, expect, it } from 'vitest';
import { type Answer, makeAnswer, type Message, titleFrom } from './chat';
import { mergedDeltas, toFeedEvent, toStreamEvent } from './events';
import { reduce } from './reduce';
import { merged, newestBelow, pathTo, versionsOf } from './tree';
import { toChatInfo, toMessage } from './wire';

/** A stream as the server writes it (docs/page-api.md). */
const kRecorded = [
  '{"type":"run-started","run":"r17","chat":"c1","model":"smollm2:135m","question":{"id":"q","role":"user","content":"Hello","seq":1},"answer":{"id":"a","role":"assistant","parent":"q","content":"","seq":2,"state":"streaming","run":"r17"}}',
  '{"type":"queue-place","place":2,"wait_seconds":14}',
  '{"type":"queue-place","place":1}',
  '{"type":"model-loading"}',
  '{"type":"context","tokens":812,"length":4096,"unseen":6,"first_seen":"m9","exact":false}',
  '{"type":"text-start"}',
  '{"th":"Hm."}',
  '{"t":"Hi"}',
  '{"t":" there"}',
  '{"type":"stats-final","seconds":4.8,"first_token_seconds":0.3,"thinking_seconds":0,"characters":8,"tokens":2,"tokens_per_second":21.4,"prompt_tokens":37,"cached_tokens":12,"context_tokens":1204,"context_length":4096,"reason":"stop","saved":true}',
];
const kFresh = makeAnswer({ id: 'a', parent: 'q', seq: 2, model: 'x', created: 5 });

function played(lines: readonly string[], answer: Answer = kFresh): Answer {
  return lines.reduce((current, line) => {
    const event = toStreamEvent(JSON.parse(line));
    return event === null ? current : reduce(current, event);
  }, answer);
}

describe('reduce', () => {
  it('walks a recorded stream through every state', () => {
    const seen = kRecorded.map((_, index) => {
      const answer = played(kRecorded.slice(0, index + 1));
      return [answer.state, answer.queuePlace, answer.waitSeconds, answer.loading, answer.text];
    });
    expect(seen).toEqual([
      ['waiting', null, null, false, ''],
      ['waiting', 2, 14, false, ''],
      ['waiting', 1, null, false, ''],
      ['waiting', null, null, true, ''],
      ['waiting', null, null, true, ''],
      ['streaming', null, null, false, ''],
      ['streaming', null, null, false, ''],
      ['streaming', null, null, false, 'Hi'],
      ['streaming', null, null, false, 'Hi there'],
      ['done', null, null, false, 'Hi there'],
    ]);
    const end = played(kRecorded);
    expect([end.thinking, end.run, end.accepted, end.unseen]).toEqual(['Hm.', 'r17', true, { count: 6, firstSeen: 'm9' }]);
    expect(end.stats).toEqual({
      seconds: 4.8, characters: 8, tokens: 2, tokensPerSecond: 21.4, firstTokenSeconds: 0.3, thinkingSeconds: 0,
      promptTokens: 37, cachedTokens: 12, contextTokens: 1204, contextLength: 4096,
    });
  });

  it('keeps the partial text of an answer that was stopped or failed', () => {
    const stopped = played([...kRecorded.slice(0, 8), '{"type":"run-stopped","seconds":1,"characters":2,"tokens":1,"tokens_per_second":1}']);
    expect([stopped.state, stopped.text, stopped.stats?.tokens]).toEqual(['stopped', 'Hi', 1]);
    const failed = played([...kRecorded.slice(0, 8), '{"type":"run-failed","code":"unavailable","message":"gone"}']);
    expect([failed.state, failed.text, failed.failure]).toEqual(['failed', 'Hi', { code: 'unavailable', message: 'gone' }]);
  });

  it('marks an answer that reached its limit, and one that is not on disk', () => {
    const answer = played([...kRecorded.slice(0, 9), '{"type":"stats-final","seconds":1,"tokens":2,"reason":"length","saved":false}']);
    expect([answer.cutOff, answer.saved]).toEqual([true, false]);
  });

  it('goes on behind the text that was there', () => {
    const first = kRecorded[0]?.replace('"content":"","seq":2', '"content":"One two","seq":2') ?? '';
    expect(played([first, '{"type":"text-start"}', '{"t":" three"}']).text).toBe('One two three');
  });

  it('ignores events after the end and lines it does not know', () => {
    const done = played(kRecorded);
    expect(played(['{"t":"late"}', '{"type":"run-failed","code":"internal","message":""}', '{"type":"from-the-future"}', '7', 'null'], done)).toBe(done);
  });

  it('knows when the connection is lost and there again', () => {
    const lost = reduce(played(kRecorded.slice(0, 8)), { type: 'connection', lost: true });
    expect(lost.lost).toBe(true);
    expect(reduce(lost, { type: 'connection', lost: false }).lost).toBe(false);
    expect(reduce(lost, { type: 'text-delta', text: '!' })).toMatchObject({ lost: false, text: 'Hi!' });
  });
});

describe('deltas', () => {
  it('become one where they are neighbours', () => {
    const text = (word: string) => ({ type: 'text-delta', text: word }) as const;
    expect(mergedDeltas([text('a'), text('b'), { type: 'text-start' }, text('c')])).toEqual([text('ab'), { type: 'text-start' }, text('c')]);
  });
});

describe('the tree of messages', () => {
  const node = (id: string, parent: string | null, seq: number): Message => ({ id, parent, seq, role: seq % 2 === 1 ? 'user' : 'assistant', text: id, created: 0, edited: 0, attachments: [] }) as unknown as Message;
  const tree = [node('q1', null, 1), node('a1', 'q1', 2), node('q2', 'a1', 3), node('a2', 'q2', 4), node('a1b', 'q1', 6), node('q3', 'a1b', 7)];

  it('is shown from the root to the leaf', () => {
    expect(pathTo(tree, 'a2').map((message) => message.id)).toEqual(['q1', 'a1', 'q2', 'a2']);
    expect(pathTo(tree, 'gone')).toEqual([]);
    expect(pathTo([node('x', 'y', 1), node('y', 'x', 2)], 'x')).toHaveLength(2); // a ring ends
  });

  it('has versions, and a newest end below each', () => {
    expect(versionsOf(tree, tree[1] as Message).map((message) => message.id)).toEqual(['a1', 'a1b']);
    expect([newestBelow(tree, 'a1'), newestBelow(tree, 'a1b')]).toEqual(['a2', 'q3']);
  });

  it('takes changed and new messages in', () => {
    const changed = { ...(tree[0] as Message), text: 'other' } as Message;
    expect(merged(tree, [changed, node('q9', null, 9)]).map((message) => message.text)).toEqual(['other', 'a1', 'q2', 'a2', 'a1b', 'q3', 'q9']);
    expect(merged(tree, [])).toBe(tree);
  });
});

describe('what the server sends', () => {
  it('is refused or repaired where it is not whole', () => {
    expect([toMessage(null), toMessage({}), toMessage({ id: 'x', role: 'system' }), toChatInfo([]), toChatInfo({})]).toEqual([null, null, null, null, null]);
    expect(toMessage({ id: 'm', role: 'assistant', content: 3, state: 'odd', stats: 7, attachments: 'x' })).toMatchObject({ text: '', state: 'done', stats: null });
    expect(toChatInfo({ id: 'tmp-1', tags: 'x', settings: [] })).toMatchObject({ temporary: true, tags: [], settings: {} });
    expect([toFeedEvent(null), toFeedEvent({ type: 'new' }), toFeedEvent({ type: 'chat-deleted', id: 'c' })]).toEqual([null, null, { type: 'chat-deleted', id: 'c' }]);
  });
});

describe('titleFrom', () => {
  it('takes the first line, cut between words', () => {
    expect(titleFrom('  Short\nSecond')).toBe('Short');
    expect(titleFrom('How long does a samovar need to boil five litres on a fire')).toBe('How long does a samovar need to boil five…');
    expect(titleFrom('я'.repeat(60))).toBe(`${'я'.repeat(48)}…`);
  });
});
