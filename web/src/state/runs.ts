// Follows one run: hands its events over at most once per animation frame, and after a broken connection goes on
// behind the last event that came, until the run has ended.
import { isFinal, mergedDeltas, type StreamEvent, toStreamEvent } from '../domain/events';
import { joinRun } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom, isAbort } from '../transport/request';

const kHiddenTabMs = 250; // a hidden tab has no animation frames
const kPaceMs = 50; // painting text costs milliseconds a time, and nobody reads twenty changes a second
const kPausesMs = [300, 700, 1500, 3000];

/** Collects events and delivers them together, in an animation frame, at most every kPaceMs. */
export class FrameQueue {
  #pending: StreamEvent[] = [];
  #cancel: (() => void) | null = null;
  #flushed = -Infinity; // performance.now() of the last delivery

  constructor(readonly deliver: (events: readonly StreamEvent[]) => void) {}

  push(events: readonly StreamEvent[]): void {
    this.#pending.push(...events);
    if (this.#cancel !== null) return;
    const wait = Math.max(0, this.#flushed + kPaceMs - performance.now());
    let frame = 0;
    const due = setTimeout(() => (frame = requestAnimationFrame(() => this.flush())), wait);
    const hidden = setTimeout(() => this.flush(), wait + kHiddenTabMs);
    this.#cancel = () => {
      clearTimeout(due);
      clearTimeout(hidden);
      cancelAnimationFrame(frame);
    };
  }

  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#flushed = performance.now();
    const events = mergedDeltas(this.#pending);
    this.#pending = [];
    if (events.length > 0) this.deliver(events);
  }
}

export interface Follow {
  readonly run: string; // empty: not known before `open` has answered
  readonly open: (signal: AbortSignal) => Promise<Response>;
  readonly signal: AbortSignal;
  readonly deliver: (events: readonly StreamEvent[]) => void;
}

/** `ended`: the last event was delivered; `forgotten`: the server no longer knows the run, its chat does. */
export async function followRun({ run, open, signal, deliver }: Follow): Promise<'ended' | 'forgotten' | 'aborted'> {
  const queue = new FrameQueue(deliver);
  let id = run;
  let seen = 0;
  let failed = 0;
  let openNext = open;
  for (;;) {
    try {
      const response = await openNext(signal);
      if (failed > 0) queue.push([{ type: 'connection', lost: false }]);
      failed = 0;
      for await (const lines of readLines(response)) {
        seen += lines.length;
        const events = lines.map(toStreamEvent).filter((event) => event !== null);
        for (const event of events) if (event.type === 'run-started') id = event.run;
        const end = events.findIndex(isFinal);
        queue.push(end < 0 ? events : events.slice(0, end + 1));
        if (end >= 0) return queue.flush(), 'ended';
      }
    } catch (cause) {
      if (signal.aborted || isAbort(cause)) return queue.flush(), 'aborted';
      const failure = failureFrom(cause);
      if (id !== '' && failure.code === 'not-found') return queue.flush(), 'forgotten';
      if (id === '') {
        queue.push([{ type: 'run-failed', failure }]);
        return queue.flush(), 'ended';
      }
    }
    if (id === '') {
      queue.push([{ type: 'run-failed', failure: { code: 'cut', message: '' } }]);
      return queue.flush(), 'ended';
    }
    queue.push([{ type: 'connection', lost: true }]);
    await new Promise((resolve) => setTimeout(resolve, kPausesMs[Math.min(failed, kPausesMs.length - 1)]));
    failed += 1;
    openNext = (abort) => joinRun(id, seen, abort);
  }
}
