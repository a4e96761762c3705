// The line on which the server tells what changed in any tab. Opens itself again when it breaks.
import { type FeedEvent, toFeedEvent } from '../domain/events';
import { num, record, str } from '../domain/json';
import { openFeed } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom, isAbort } from '../transport/request';

const kPausesMs = [500, 1000, 2000, 4000];

export interface FeedListener {
  event(event: FeedEvent): void;
  /** Called when the line broke (false) and when it is there again (true). */
  connected(yes: boolean): void;
}

/** How long a tab that nobody looks at keeps its line: a browser has only six of them for all its tabs. */
const kHiddenMs = 30_000;

export interface Feed {
  /** Begins anew, as the browser that the server now takes this one for. */
  again(): void;
}

export function followFeed(listener: FeedListener): Feed {
  let line = new AbortController();
  let place = '';
  let boot = '';
  let after = 0;
  let start = 0; // of this line
  let failed = 0;
  let wake: (() => void) | null = null;
  let asleep = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) {
      asleep = false;
      wake?.();
    } else
      timer = setTimeout(() => {
        asleep = true;
        line.abort();
      }, kHiddenMs);
  });

  /** Ends when the line does. True: it will not come back. */
  async function listen(): Promise<boolean> {
    try {
      const response = await openFeed(place, line.signal);
      for await (const lines of readLines(response)) {
        failed = 0;
        listener.connected(true);
        for (const each of lines) {
          const fields = record(each);
          if (fields.type === 'feed') {
            boot = str(fields.boot);
            start = num(fields.n, 0);
            if (place === '') after = start;
          } else {
            after = num(fields.n, after);
            const event = toFeedEvent(each);
            // Without a number: what was missed is not kept; with one: another server's news.
            if (event?.type === 'reset' && fields.n === undefined) after = start;
            if (event !== null) listener.event(event);
          }
        }
        place = `?after=${after}&boot=${encodeURIComponent(boot)}`;
      }
    } catch (cause) {
      if (!isAbort(cause) && failureFrom(cause).code === 'not-found') return true; // an older server: nothing to hear
    }
    return false;
  }

  void (async () => {
    while (!(await listen())) {
      if (line.signal.aborted) {
        line = new AbortController();
        if (asleep) await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
      listener.connected(false);
      await new Promise((resolve) => setTimeout(resolve, kPausesMs[Math.min(failed, kPausesMs.length - 1)]));
      failed += 1;
    }
  })();

  return {
    again: () => {
      place = '';
      line.abort();
    },
  };
}
