import { afterEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../domain/events';
import { kDefaultSettings } from '../domain/settings';
import { type Ask, getConfig, getModels, RequestError, streamAnswer } from './api';

const kAsk: Ask = { chat: 'c1', model: 'm', settings: kDefaultSettings, history: [], text: 'Hi' };

function answering(...responses: (Response | Error)[]): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => {
    const next = responses.shift() ?? new Error('no more answers');
    if (next instanceof Error) throw next;
    return next;
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

function streaming(pieces: readonly string[], broken = false): Response {
  const encoder = new TextEncoder();
  let index = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[index];
      index += 1;
      if (piece !== undefined) controller.enqueue(encoder.encode(piece));
      else if (broken) controller.error(new TypeError('network error'));
      else controller.close();
    },
  });
  return new Response(body, { status: 200 });
}

async function all(ask: Ask = kAsk, signal = new AbortController().signal): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const batch of streamAnswer(ask, signal)) events.push(...batch);
  return events;
}

afterEach(() => vi.unstubAllGlobals());

describe('streamAnswer', () => {
  it('sends what docs/page-api.md asks for', async () => {
    const fetched = answering(streaming(['{"type":"run-stopped"}\n']), streaming(['{"type":"run-stopped"}\n']));
    await all({ ...kAsk, history: [{ role: 'user', content: 'a' }] });
    await all({ ...kAsk, text: null });
    const [first, second] = fetched.mock.calls as [[string, RequestInit], [string, RequestInit]];
    expect([first[0], second[0]]).toEqual(['/ui/chats/c1/messages', '/ui/chats/c1/retry']);
    expect(JSON.parse(String(first[1].body))).toEqual({
      model: 'm', text: 'Hi', settings: { temperature: 0.2, max_tokens: 1024, system_prompt: '' }, history: [{ role: 'user', content: 'a' }],
    });
    expect(JSON.parse(String(second[1].body))).not.toHaveProperty('text');
  });

  it('gives the events in order and stops at the final one', async () => {
    answering(streaming(['{"type":"run-started","run":"r","model":"m"}\n{"t":"a', 'b"}\n', '{"type":"run-stopped"}\n{"t":"late"}\n']));
    expect((await all()).map((event) => event.type)).toEqual(['run-started', 'text-delta', 'run-stopped']);
  });

  it('ends in a failure when the stream breaks or just ends', async () => {
    for (const broken of [true, false]) {
      answering(streaming(['{"t":"a"}\n'], broken));
      expect(await all()).toEqual([{ type: 'text-delta', text: 'a' }, { type: 'run-failed', failure: { code: 'cut', message: '' } }]);
    }
  });

  it('names the failure of a refused request', async () => {
    const failure = async (response: Response | Error): Promise<unknown> => {
      answering(response);
      return (await all()).map((event) => event.type === 'run-failed' && event.failure);
    };
    expect(await failure(new TypeError('Failed to fetch'))).toEqual([{ code: 'unreachable', message: '' }]);
    const body = '{"error":{"code":"not-found","message":"model \'x\' not found"}}';
    expect(await failure(new Response(body, { status: 404 }))).toEqual([{ code: 'not-found', message: "model 'x' not found" }]);
    expect(await failure(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }))).toEqual([{ code: 'unavailable', message: 'HTTP 502 Bad Gateway' }]);
    expect(await failure(new Response('x', { status: 418 }))).toEqual([{ code: 'not-ours', message: 'HTTP 418' }]);
    expect(await failure(streaming(['<html>\n']))).toMatchObject([{ code: 'not-ours' }]);
  });

  it('says nothing when the page itself gave up', async () => {
    const controller = new AbortController();
    controller.abort();
    answering(new DOMException('aborted', 'AbortError'));
    expect(await all(kAsk, controller.signal)).toEqual([]);
  });
});

describe('configuration and models', () => {
  it('fill what is missing with defaults', async () => {
    answering(new Response('{"default_model":"m","limits":{"temperature":{"max":1}}}'));
    const config = await getConfig();
    expect([config.name, config.defaults.temperature, config.limits.temperatureMax, config.limits.maxTokensMax]).toEqual(['Samovar', 0.2, 1, 8192]);
  });

  it('read the list, and fail with a code', async () => {
    answering(new Response('{"models":[{"name":"a","size_bytes":3,"loaded":true},null]}'), new TypeError('down'), new Response('{'));
    expect((await getModels()).map((model) => [model.name, model.sizeBytes, model.loaded])).toEqual([['a', 3, true], ['', 0, false]]);
    await expect(getModels()).rejects.toThrow(RequestError);
    await expect(getModels()).rejects.toThrow('not-ours');
  });
});
