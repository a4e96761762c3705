import { afterEach, describe, expect, it, vi } from 'vitest';
import { getChats, getConfig, getModels, startRun } from './api';
import { readLines } from './lines';
import { failureFrom, RequestError } from './request';

function answering(...responses: (Response | Error | DOMException)[]): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => {
    const next = responses.shift() ?? new Error('no more answers');
    if (!(next instanceof Response)) throw next;
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

async function lines(response: Response): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const some of readLines(response)) all.push(...some);
  return all;
}

afterEach(() => vi.unstubAllGlobals());

describe('lines of a stream', () => {
  it('come whole, wherever the pieces end', async () => {
    expect(await lines(streaming(['{"a":1}\n{"t":"a', 'b"}\n\n', '7']))).toEqual([{ a: 1 }, { t: 'ab' }, 7]);
  });

  it('fail with a code when the stream breaks or holds something else', async () => {
    await expect(lines(streaming(['{"t":"a"}\n'], true))).rejects.toMatchObject({ failure: { code: 'cut' } });
    await expect(lines(streaming(['<html>\n']))).rejects.toMatchObject({ failure: { code: 'not-ours' } });
  });
});

describe('a request', () => {
  const body = { kind: 'message', message: 'm', model: 'x' } as const;
  const signal = new AbortController().signal;

  it('names its failure', async () => {
    const failure = async (response: Response | Error): Promise<unknown> => {
      answering(response);
      return startRun('c1', body, signal).then(() => null, failureFrom);
    };
    expect(await failure(new TypeError('Failed to fetch'))).toEqual({ code: 'unreachable', message: '' });
    const error = '{"error":{"code":"not-found","message":"model \'x\' not found"}}';
    expect(await failure(new Response(error, { status: 404 }))).toEqual({ code: 'not-found', message: "model 'x' not found" });
    expect(await failure(new Response('<html>', { status: 502, statusText: 'Bad Gateway' }))).toEqual({ code: 'unavailable', message: 'HTTP 502 Bad Gateway' });
    expect(await failure(new Response('x', { status: 418 }))).toEqual({ code: 'not-ours', message: 'HTTP 418' });
  });

  it('gets a new cookie where the server knows none, and asks again', async () => {
    const fetched = answering(new Response('{}', { status: 401 }), new Response('{}'), new Response('{"chats":[{"id":"c"}],"next":null}'));
    expect((await getChats({ folder: 'a b' })).chats.map((chat) => chat.id)).toEqual(['c']);
    expect(fetched.mock.calls.map((call) => call[0])).toEqual(['/ui/chats?limit=100&folder=a+b', '/ui/config', '/ui/chats?limit=100&folder=a+b']);
  });

  it('says nothing when the page itself gave up', async () => {
    answering(new DOMException('aborted', 'AbortError'));
    await expect(startRun('c1', body, signal)).rejects.toThrow('aborted');
  });
});

describe('configuration and models', () => {
  it('fill what is missing with defaults', async () => {
    answering(new Response('{"default_model":"m","limits":{"temperature":{"max":1}}}'));
    const config = await getConfig();
    expect([config.name, config.defaults.temperature, config.limits.temperature.max, config.limits.max_tokens.max]).toEqual(['Samovar', 0.2, 1, 8192]);
  });

  it('read the list, and fail with a code', async () => {
    answering(new Response('{"models":[{"name":"a","size_bytes":3,"loaded":true},null]}'), new TypeError('down'), new Response('{'));
    expect((await getModels()).map((model) => [model.name, model.sizeBytes, model.loaded])).toEqual([['a', 3, true], ['', 0, false]]);
    await expect(getModels()).rejects.toThrow(RequestError);
    await expect(getModels()).rejects.toThrow('not-ours');
  });
});
