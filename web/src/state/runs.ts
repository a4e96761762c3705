// Answers on their way: reads each stream and hands its events over at most once per animation frame.
import type { StreamEvent } from '../domain/events';
import { type Ask, stopAnswer, streamAnswer } from '../transport/api';

const kHiddenTabMs = 250; // a hidden tab has no animation frames
const kStopPatienceMs = 3000;

/** Neighbouring deltas become one, so that a frame costs one change however many tokens came. */
export function merged(events: readonly StreamEvent[]): StreamEvent[] {
  const result: StreamEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'text-delta' && last?.type === 'text-delta') {
      result[result.length - 1] = { type: 'text-delta', text: last.text + event.text };
    } else {
      result.push(event);
    }
  }
  return result;
}

interface Run {
  readonly controller: AbortController;
  pending: StreamEvent[];
  cancelFlush: (() => void) | null;
}

export class Runs {
  readonly #runs = new Map<string, Run>();
  readonly #deliver: (chat: string, events: readonly StreamEvent[]) => void;

  constructor(deliver: (chat: string, events: readonly StreamEvent[]) => void) {
    this.#deliver = deliver;
  }

  has(chat: string): boolean {
    return this.#runs.has(chat);
  }

  /** Resolves when the answer has ended and all of it was delivered. */
  async start(ask: Ask): Promise<void> {
    const run: Run = { controller: new AbortController(), pending: [], cancelFlush: null };
    this.#runs.set(ask.chat, run);
    for await (const events of streamAnswer(ask, run.controller.signal)) {
      run.pending.push(...events);
      this.#schedule(ask.chat, run);
    }
    this.#flush(ask.chat, run);
    if (this.#runs.get(ask.chat) === run) this.#runs.delete(ask.chat);
  }

  /** Asks the server to stop; where it does not, the connection is closed, which stops it as well. */
  async stop(chat: string): Promise<void> {
    const run = this.#runs.get(chat);
    if (run === undefined) return;
    const giveUp = (): void => {
      if (this.#runs.get(chat) !== run) return;
      run.pending.push({ type: 'run-stopped', stats: null });
      this.#flush(chat, run);
      run.controller.abort();
    };
    const timer = setTimeout(giveUp, kStopPatienceMs);
    try {
      await stopAnswer(chat);
    } catch {
      clearTimeout(timer);
      giveUp();
    }
  }

  /** Ends a run without a word: its chat is being deleted. */
  drop(chat: string): void {
    const run = this.#runs.get(chat);
    if (run === undefined) return;
    run.cancelFlush?.();
    run.pending = [];
    run.controller.abort();
    this.#runs.delete(chat);
  }

  #schedule(chat: string, run: Run): void {
    if (run.cancelFlush !== null) return;
    const flush = (): void => this.#flush(chat, run);
    const frame = requestAnimationFrame(flush);
    const timer = setTimeout(flush, kHiddenTabMs);
    run.cancelFlush = () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      run.cancelFlush = null;
    };
  }

  #flush(chat: string, run: Run): void {
    run.cancelFlush?.();
    const events = merged(run.pending);
    run.pending = [];
    if (events.length > 0) this.#deliver(chat, events);
  }
}
