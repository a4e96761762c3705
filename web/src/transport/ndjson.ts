// Bytes of a stream → parsed lines. Pure apart from the reader it is given; pieces may end anywhere,
// also inside a character.

export class NdjsonParser {
  #decoder = new TextDecoder();
  #rest = '';

  /** The values of all lines that are complete with `bytes`. Throws SyntaxError on a line that is not JSON. */
  push(bytes: Uint8Array): unknown[] {
    return this.#take(this.#decoder.decode(bytes, { stream: true }), false);
  }

  /** The value of a last line without a line end, where there is one. */
  finish(): unknown[] {
    return this.#take(this.#decoder.decode(), true);
  }

  #take(text: string, last: boolean): unknown[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = last ? '' : (lines.pop() ?? '');
    return lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown);
  }
}
