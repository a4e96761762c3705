// Markdown that grows: text is appended, a list of blocks comes out. A block is finished once a line of the
// next block is complete; from then on it is never rendered again (but for a later reference definition
// that gives one of its [labels] an address). Only the unfinished tail is parsed at each update.
import type MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';
import { type Continuation, continuationOf, goesOn } from './append';
import type { RenderEnv } from './engine';
import { sanitize } from './sanitize';

/**
 * `id` stays the same while a block grows; `html` is safe; `open` may still change. `tail` is plain text that
 * belongs to the end of the last text (or of the code) in `html`.
 */
export interface Block {
  readonly id: number;
  readonly html: string;
  readonly tail: string;
  readonly open: boolean;
}

interface Finished extends Block {
  readonly source: string;
}

interface Span {
  readonly line: number; // first line within the parsed text
  readonly tokens: Token[];
}

function topLevelSpans(tokens: Token[]): Span[] {
  const spans: { line: number; tokens: Token[] }[] = [];
  let depth = 0;
  for (const token of tokens) {
    if (depth === 0) spans.push({ line: token.map?.[0] ?? 0, tokens: [] });
    spans.at(-1)?.tokens.push(token);
    depth += token.nesting;
  }
  return spans;
}

/** Offset in `text` of the start of each line that `lines` names (ascending). */
function offsetsOf(text: string, lines: readonly number[]): number[] {
  let line = 0;
  let offset = 0;
  return lines.map((wanted) => {
    while (line < wanted) {
      const end = text.indexOf('\n', offset);
      if (end < 0) return text.length;
      offset = end + 1;
      line += 1;
    }
    return offset;
  });
}

function normalized(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/\0/g, '\uFFFD');
}

export class MarkdownStream {
  readonly #engine: MarkdownIt;
  readonly #clean: (html: string) => string;
  #finished: Finished[] = [];
  #references: Record<string, unknown> = {};
  #source = '';
  #cut = 0; // everything before is in #finished
  #open: readonly Block[] = [];
  #continuation: Continuation = null; // of the last open block

  /** Streams may share an engine. `clean` makes its HTML safe; only tests pass another. */
  constructor(engine: MarkdownIt, clean: (html: string) => string = sanitize) {
    this.#engine = engine;
    this.#clean = clean;
  }

  /**
   * The blocks of `source`. Cheap where `source` continues that of the last call; anything else starts
   * anew. With `complete` no more text follows and every block is finished.
   */
  update(source: string, complete: boolean): readonly Block[] {
    // A last \r may be half of a line end; it shows nothing, so it waits.
    const text = normalized(complete ? source : source.replace(/\r$/, ''));
    if (!text.startsWith(this.#source)) this.#reset();
    const more = text.slice(this.#source.length);
    this.#source = text;
    if (complete || (more !== '' && !this.#append(more))) this.#parse(text.slice(this.#cut), complete);
    return [...this.#finished, ...this.#open];
  }

  #append(more: string): boolean {
    const last = this.#open.at(-1);
    if (last === undefined || !goesOn(this.#continuation, more)) return false;
    this.#open = [...this.#open.slice(0, -1), { ...last, tail: last.tail + more }];
    return true;
  }

  #parse(tail: string, complete: boolean): void {
    const env = this.#env();
    const spans = topLevelSpans(this.#engine.parse(tail, env));
    const settled = complete ? spans.length : this.#settledCount(tail, spans);
    if (settled > 0) this.#finish(tail, spans, settled, complete);
    if (complete && settled === 0) this.#learn(env);
    const open = this.#openBlocks(spans.slice(settled), env);
    const last = open.at(-1);
    this.#continuation = last === undefined ? null : continuationOf(tail, spans.at(-1)?.tokens ?? []);
    this.#open = last === undefined ? [] : [...open.slice(0, -1), { ...last, tail: this.#continuation?.hidden ?? '' }];
  }

  #reset(): void {
    this.#finished = [];
    this.#references = {};
    this.#source = '';
    this.#cut = 0;
    this.#open = [];
    this.#continuation = null;
  }

  #env(): RenderEnv {
    return { references: { ...this.#references } };
  }

  /** Blocks whose successor begins on a complete line. */
  #settledCount(tail: string, spans: readonly Span[]): number {
    const last = spans.at(-1);
    if (last === undefined || spans.length < 2) return 0;
    const [start] = offsetsOf(tail, [last.line]);
    return tail.indexOf('\n', start) >= 0 ? spans.length - 1 : Math.max(0, spans.length - 2);
  }

  #finish(tail: string, spans: readonly Span[], count: number, complete: boolean): void {
    const ends = spans.slice(1, count + 1).map((span) => span.line);
    const offsets = offsetsOf(tail, ends);
    if (offsets.length < count) offsets.push(tail.length);
    const end = complete ? tail.length : (offsets.at(-1) ?? 0);
    const env = this.#env();
    const settled = topLevelSpans(this.#engine.parse(tail.slice(0, end), env));
    this.#learn(env);
    let from = 0;
    settled.forEach((span, index) => {
      const to = offsets[index] ?? end;
      const html = this.#render(span.tokens, env);
      this.#finished.push({ id: this.#finished.length, html, tail: '', open: false, source: tail.slice(from, to) });
      from = to;
    });
    this.#cut += end;
  }

  /** Takes over new reference definitions; earlier blocks with [labels] may now have links. */
  #learn(env: RenderEnv): void {
    const references = env.references ?? {};
    const grown = Object.keys(references).length > Object.keys(this.#references).length;
    this.#references = references;
    if (!grown) return;
    this.#finished = this.#finished.map((block) => {
      if (!block.source.includes('[')) return block;
      const again = this.#env();
      const html = this.#render(this.#engine.parse(block.source, again), again);
      return html === block.html ? block : { ...block, html };
    });
  }

  #openBlocks(spans: readonly Span[], env: RenderEnv): Block[] {
    return spans.map((span, index) => ({
      id: this.#finished.length + index,
      html: this.#render(span.tokens, env),
      tail: '',
      open: true,
    }));
  }

  #render(tokens: Token[], env: RenderEnv): string {
    return this.#clean(this.#engine.renderer.render(tokens, this.#engine.options, env));
  }
}

/** The blocks of a complete text. */
export function renderWhole(source: string, engine: MarkdownIt): readonly Block[] {
  return new MarkdownStream(engine).update(source, true);
}
