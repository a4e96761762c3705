// Formulas: \( \), \[ \], $$ $$, and $ $ only where it cannot be money. They are emitted as TeX in an element of
// their own; the view paints them once KaTeX is there.
import type MarkdownIt from 'markdown-it';
import type StateBlock from 'markdown-it/lib/rules_block/state_block.mjs';
import type StateInline from 'markdown-it/lib/rules_inline/state_inline.mjs';

const kMathSign = /[\\^_={}+*/<>|()-]/;

/** Whether `tex` between two single dollars is a formula: `$x$`, `$a^2 + b$`, but not `$5 and 10$`. */
export function isDollarMath(before: string, tex: string, after: string): boolean {
  if (tex === '' || /^\s|\s$/.test(tex) || /[\p{L}\p{N}$\\]/u.test(before) || /[\p{L}\p{N}$]/u.test(after)) return false;
  if (/^\d/.test(tex)) return /^\d[\d.,]*$/.test(tex) || /[\\^_={}]/.test(tex);
  return kMathSign.test(tex) || /^\p{L}{1,2}'*$/u.test(tex);
}

interface Found {
  readonly tex: string;
  readonly end: number;
  readonly display: boolean;
}

function findClose(text: string, from: number, close: string): number {
  for (let at = text.indexOf(close, from); at >= 0; at = text.indexOf(close, at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (close.startsWith('\\') ? slashes % 2 === 0 : slashes % 2 === 0) return at;
  }
  return -1;
}

function between(text: string, from: number, open: string, close: string): Found | null {
  if (!text.startsWith(open, from)) return null;
  const end = findClose(text, from + open.length, close);
  const tex = end < 0 ? '' : text.slice(from + open.length, end).trim();
  return tex === '' ? null : { tex, end: end + close.length, display: open !== '\\(' };
}

function dollars(text: string, from: number): Found | null {
  const end = findClose(text, from + 1, '$');
  if (end < 0 || end - from > 400) return null;
  const tex = text.slice(from + 1, end);
  return isDollarMath(text[from - 1] ?? '', tex, text[end + 1] ?? '') ? { tex, end: end + 1, display: false } : null;
}

function inlineMath(state: StateInline, silent: boolean): boolean {
  const sign = state.src[state.pos];
  if (sign !== '$' && sign !== '\\') return false;
  const found =
    between(state.src, state.pos, '\\(', '\\)') ??
    between(state.src, state.pos, '\\[', '\\]') ??
    between(state.src, state.pos, '$$', '$$') ??
    (sign === '$' && state.src[state.pos + 1] !== '$' ? dollars(state.src, state.pos) : null);
  if (found === null || found.end > state.posMax) return false;
  if (!silent) state.push(found.display ? 'math_display' : 'math_inline', 'span', 0).content = found.tex;
  state.pos = found.end;
  return true;
}

const kBlocks = [['$$', '$$'], ['\\[', '\\]']] as const;

/** A formula of its own lines: ends at its closing sign, else at the next empty line, as paragraphs do. */
function blockMath(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  const lineOf = (line: number): string => state.src.slice((state.bMarks[line] ?? 0) + (state.tShift[line] ?? 0), state.eMarks[line]);
  if ((state.sCount[start] ?? 0) - state.blkIndent >= 4) return false;
  const first = lineOf(start).trimEnd();
  const signs = kBlocks.find(([open]) => first.startsWith(open));
  if (signs === undefined) return false;
  const [open, close] = signs;
  const inFirst = findClose(first, open.length, close);
  if (inFirst >= 0 && inFirst + close.length !== first.length) return false;
  if (silent) return true;
  let line = start;
  let closed = inFirst >= 0;
  while (!closed && line + 1 < end && !state.isEmpty(line + 1) && (state.sCount[line + 1] ?? 0) >= state.blkIndent) {
    line += 1;
    closed = findClose(lineOf(line), 0, close) >= 0;
  }
  const source = state.getLines(start, line + 1, state.blkIndent, false).trim();
  const cut = closed ? findClose(source, open.length, close) : source.length;
  const token = state.push(closed && source.slice(cut + close.length).trim() === '' ? 'math_block' : 'math_open_block', 'div', 0);
  token.content = token.type === 'math_block' ? source.slice(open.length, cut).trim() : source;
  token.map = [start, line + 1];
  token.block = true;
  state.line = line + 1;
  return true;
}

export function installMath(engine: MarkdownIt): void {
  const escape = engine.utils.escapeHtml;
  engine.inline.ruler.before('escape', 'math', inlineMath);
  engine.block.ruler.before('fence', 'math_block', blockMath, { alt: ['paragraph', 'blockquote', 'list'] });
  const emit = (kind: string, tag: string, line: string) => (tokens: { content: string }[], index: number): string => {
    const tex = escape(tokens[index]?.content ?? '');
    return `<${tag} class="math ${kind}" data-math="${tex}">${tex}</${tag}>${line}`;
  };
  engine.renderer.rules.math_inline = emit('math-inline', 'span', '');
  engine.renderer.rules.math_display = emit('math-display', 'span', '');
  engine.renderer.rules.math_block = emit('math-display', 'div', '\n');
  engine.renderer.rules.math_open_block = (tokens, index) => `<p>${escape(tokens[index]?.content ?? '').replace(/\n/g, '<br>\n')}</p>\n`;
}
