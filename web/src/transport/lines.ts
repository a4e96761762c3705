// The lines of an NDJSON response, as many at a time as one network piece completes.
import { NdjsonParser } from './ndjson';
import { RequestError } from './request';

/** Ends where the response ends; throws RequestError `cut` where it breaks off, `not-ours` on a line that is no JSON. */
export async function* readLines(response: Response): AsyncGenerator<unknown[]> {
  const reader = response.body?.getReader();
  const parser = new NdjsonParser();
  for (;;) {
    let piece: { value?: Uint8Array | undefined; done: boolean } | undefined;
    try {
      piece = await reader?.read();
    } catch {
      throw new RequestError({ code: 'cut', message: '' });
    }
    let lines: unknown[];
    try {
      lines = piece?.value === undefined ? parser.finish() : parser.push(piece.value);
    } catch (cause) {
      throw new RequestError({ code: 'not-ours', message: String(cause) });
    }
    if (lines.length > 0) yield lines;
    if (piece === undefined || piece.done) return;
  }
}
