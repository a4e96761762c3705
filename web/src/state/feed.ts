// The line on which the server tells what changed in any tab. Opens itself again when it breaks.
import { type FeedEvent, toFeedEvent } from '../domain/events';
import { num, record, str } from '../domain/json';
import { openFeed } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom } from '../transport/request';

const kPausesMs = [500, 1000, 2000, 4000];

export interface FeedListener {
  event(event: FeedEvent): void;
  /** Called when the line broke (false) and when it is there again (true). */
  connected(yes: boolean): void;
}

export async function followFeed(listener: FeedListener): Promise<void> {
  let place = '';
  let boot = '';
  let after = 0;
  let failed = 0;
  for (;;) {
    try {
      const response = await openFeed(place, new AbortController().signal);
      for await (const lines of readLines(response)) {
        failed = 0;
        listener.connected(true);
        for (const line of lines) {
          const fields = record(line);
          if (fields.type === 'feed') {
            boot = str(fields.boot);
            if (place === '') after = num(fields.n, 0);
          } else {
            after = num(fields.n, after);
            const event = toFeedEvent(line);
            if (event?.type === 'reset') place = '';
            if (event !== null) listener.event(event);
          }
        }
        place = `?after=${after}&boot=${encodeURIComponent(boot)}`;
      }
    } catch (cause) {
      if (failureFrom(cause).code === 'not-found') return; // an older server: nothing to hear
    }
    listener.connected(false);
    await new Promise((resolve) => setTimeout(resolve, kPausesMs[Math.min(failed, kPausesMs.length - 1)]));
    failed += 1;
  }
}
