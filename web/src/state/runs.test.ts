import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StreamEvent } from '../domain/events';
import { followRun } from './runs';

function broken(lines: readonly string[]): Response {
  let index = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const line = lines[index];
      index += 1;
      if (line === undefined) controller.error(new TypeError('network error'));
      else controller.enqueue(new TextEncoder().encode(`${line}\n`));
    },
  });
  return new Response(body);
}

const whole = (lines: readonly string[]): Response => new Response(lines.map((line) => `${line}\n`).join(''));
const kStart = '{"type":"run-started","run":"r1","chat":"c","model":"m"}';
const kEnd = '{"type":"stats-final","seconds":1,"tokens":3}';

async function follow(first: () => Promise<Response>, run = ''): Promise<{ end: string; events: StreamEvent[] }> {
  const events: StreamEvent[] = [];
  const following = followRun({ run, open: first, signal: new AbortController().signal, deliver: (some) => events.push(...some) });
  await vi.advanceTimersByTimeAsync(30_000);
  return { end: await following, events };
}

const text = (events: readonly StreamEvent[]): string => events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('following a run', () => {
  it('goes on behind the last event after a cut, with no word missing or doubled', async () => {
    const fetched = vi.fn(async (path: string) => {
      if (fetched.mock.calls.length === 1) throw new TypeError('Failed to fetch');
      return path.endsWith('after=3') ? whole(['{"t":" c"}', '{"t":" d"}', kEnd]) : whole([]);
    });
    vi.stubGlobal('fetch', fetched);
    const { end, events } = await follow(async () => broken([kStart, '{"t":"a"}', '{"t":" b"}']));
    expect([end, text(events)]).toEqual(['ended', 'a b c d']);
    expect(fetched.mock.calls.map((call) => call[0])).toEqual(['/ui/runs/r1/events?after=3', '/ui/runs/r1/events?after=3']);
    expect(events.filter((event) => event.type === 'connection').map((event) => event.lost)).toEqual([true, true, false]);
  });

  it('counts lines that it does not know', async () => {
    const fetched = vi.fn(async () => whole([kEnd]));
    vi.stubGlobal('fetch', fetched);
    await follow(async () => broken([kStart, '{"type":"from-the-future"}', '{"t":"a"}']));
    expect(fetched).toHaveBeenCalledWith('/ui/runs/r1/events?after=3', expect.anything());
  });

  it('says when the server has forgotten the run', async () => {
    vi.stubGlobal('fetch', async () => new Response('{"error":{"code":"not-found","message":""}}', { status: 404 }));
    expect((await follow(async () => broken([kStart, '{"t":"a"}']))).end).toBe('forgotten');
  });

  it('fails at once where the server never accepted it', async () => {
    const { end, events } = await follow(async () => broken([]));
    expect([end, events]).toEqual(['ended', [{ type: 'run-failed', failure: { code: 'cut', message: '' } }]]);
  });

  it('delivers nothing behind the end', async () => {
    const { events } = await follow(async () => whole([kStart, kEnd, '{"t":"late"}']));
    expect(events.map((event) => event.type)).toEqual(['run-started', 'stats-final']);
  });
});
