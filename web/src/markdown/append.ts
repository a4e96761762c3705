// The short way for text that only continues the last word or sentence: it is appended as it is, without
// parsing anything again. Everything that could change what stands before it takes the long way.
import type Token from 'markdown-it/lib/token.mjs';

/** Characters that mean nothing in Markdown wherever they stand after a letter of the same line. */
const kPlainText = /^[\p{L}\p{N} ,;'"%()–—…«»“”„’?.-]*$/u;
/** A line whose own text has begun: after markers of lists and quotes, emphasis and a letter. */
const kTextBegun = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*#{0,6}[ \t]*[*_]{0,3}\p{L}.*[\p{L}\p{N},;.'" )]$/u;
const kContainers = new Set(['paragraph', 'list_item', 'bullet_list', 'ordered_list', 'blockquote', 'heading']);

/** How an open block can simply go on; `hidden` are blanks at the end of its text that are not shown yet. */
export type Continuation = { readonly kind: 'text' | 'code'; readonly hidden: string } | null;

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1);
}

/** The last text of `tokens` where that is plain text of a paragraph, list item, quote or heading; else ''. */
function lastText(tokens: readonly Token[]): string {
  let at = tokens.length - 1;
  while (at >= 0 && tokens[at]?.nesting === -1) {
    if (!kContainers.has(tokens[at]?.type.replace(/_close$/, '') ?? '')) return '';
    at -= 1;
  }
  const inline = tokens[at];
  const last = inline?.type === 'inline' ? inline.children?.at(-1) : undefined;
  return last?.type === 'text' && !/[[\]$\\`<&|]/.test(last.content) ? last.content : '';
}

function lineCount(text: string): number {
  let count = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** How the block that `tokens` make of the end of `source` can go on. */
export function continuationOf(source: string, tokens: readonly Token[]): Continuation {
  const first = tokens[0];
  const line = lastLine(source);
  if (first?.type === 'fence') {
    const open = first.content !== '' && source.endsWith(first.content) && !/[`~]/.test(line);
    return open ? { kind: 'code', hidden: '' } : null;
  }
  const shown = line.trimEnd();
  const text = lastText(tokens);
  if (!kTextBegun.test(shown) || shown.includes('://') || text === '' || !shown.endsWith(text.trimEnd())) return null;
  // A definition that shows nothing may stand after the block.
  if (first?.map?.[1] !== lineCount(source)) return null;
  return { kind: 'text', hidden: line.slice(shown.length) };
}

/** Whether `more` can be appended without being parsed. */
export function goesOn(continuation: Continuation, more: string): boolean {
  if (continuation === null) return false;
  return continuation.kind === 'code' ? !/[`~]/.test(more) : kPlainText.test(more);
}
