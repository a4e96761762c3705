// What GitHub's Markdown has beyond markdown-it's own: task lists, alerts, footnotes.
import type MarkdownIt from 'markdown-it';
import type StateBlock from 'markdown-it/lib/rules_block/state_block.mjs';
import type StateCore from 'markdown-it/lib/rules_core/state_core.mjs';
import type StateInline from 'markdown-it/lib/rules_inline/state_inline.mjs';
import type Token from 'markdown-it/lib/token.mjs';

export const alertKinds = ['note', 'tip', 'important', 'warning', 'caution'] as const;
export type AlertKind = (typeof alertKinds)[number];

export interface ExtraLabels {
  readonly alerts: Readonly<Record<AlertKind, string>>;
  readonly taskDone: string;
  readonly taskOpen: string;
  readonly footnote: string; // with {name}
}

const kFootnote = /^\[\^([^\]\s]{1,40})\]/;

/** Cuts `count` characters off the beginning of an inline token's first text. */
function trimStart(inline: Token, count: number): void {
  const first = inline.children?.[0];
  if (first?.type === 'text') first.content = first.content.slice(count);
}

function markTasks(tokens: Token[]): void {
  tokens.forEach((token, index) => {
    const found = token.type === 'inline' && tokens[index - 2]?.type === 'list_item_open' ? /^\[([ xX])\] /.exec(token.content) : null;
    if (found === null || token.children?.[0]?.type !== 'text' || !token.children[0].content.startsWith(found[0])) return;
    tokens[index - 2]?.attrJoin('class', 'task-item');
    trimStart(token, 4);
    const box = new (token.constructor as typeof Token)('task_box', 'span', 0);
    box.meta = { done: found[1] !== ' ' };
    token.children.unshift(box);
  });
}

function markAlerts(tokens: Token[]): void {
  tokens.forEach((token, index) => {
    const inline = tokens[index + 2];
    if (token.type !== 'blockquote_open' || inline?.type !== 'inline') return;
    const found = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/.exec(inline.content);
    if (found === null) return;
    token.meta = { alert: found[1]?.toLowerCase() };
    const children = inline.children ?? [];
    const end = children.findIndex((child) => child.type === 'softbreak' || child.type === 'hardbreak');
    inline.children = end < 0 ? [] : children.slice(end + 1);
    for (let at = index + 1, depth = 1; at < tokens.length && depth > 0; at += 1) {
      const closing = tokens[at];
      if (closing?.type === 'blockquote_open') depth += 1;
      else if (closing?.type === 'blockquote_close' && (depth -= 1) === 0) closing.meta = token.meta;
    }
  });
}

function footnoteReference(state: StateInline, silent: boolean): boolean {
  if (state.src[state.pos] !== '[' || state.src[state.pos + 1] !== '^') return false;
  const found = kFootnote.exec(state.src.slice(state.pos, state.pos + 44));
  if (found === null) return false;
  if (!silent) state.push('footnote_reference', 'sup', 0).content = found[1] ?? '';
  state.pos += found[0].length;
  return true;
}

/** `[^name]: text`, to the end of the paragraph. */
function footnoteBlock(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  const begin = (state.bMarks[start] ?? 0) + (state.tShift[start] ?? 0);
  const line = state.src.slice(begin, state.eMarks[start]);
  const found = kFootnote.exec(line);
  if (found === null || line[found[0].length] !== ':' || (state.sCount[start] ?? 0) - state.blkIndent >= 4) return false;
  if (silent) return true;
  let next = start + 1;
  const isNote = (at: number): boolean => kFootnote.test(state.src.slice((state.bMarks[at] ?? 0) + (state.tShift[at] ?? 0), state.eMarks[at]));
  while (next < end && !state.isEmpty(next) && !isNote(next) && (state.sCount[next] ?? 0) >= state.blkIndent) next += 1;
  const open = state.push('footnote_open', 'div', 1);
  open.map = [start, next];
  open.meta = { name: found[1] };
  const inline = state.push('inline', '', 0);
  inline.content = state.getLines(start, next, state.blkIndent, false).trim().slice(found[0].length + 1).trim();
  inline.map = [start, next];
  inline.children = [];
  state.push('footnote_close', 'div', -1);
  state.line = next;
  return true;
}

export function installExtras(engine: MarkdownIt, labels: ExtraLabels): void {
  const escape = engine.utils.escapeHtml;
  const rules = engine.renderer.rules;
  engine.core.ruler.push('github', (state: StateCore) => {
    markTasks(state.tokens);
    markAlerts(state.tokens);
  });
  engine.inline.ruler.before('link', 'footnote', footnoteReference);
  engine.block.ruler.before('reference', 'footnote', footnoteBlock, { alt: ['paragraph', 'reference'] });
  rules.task_box = (tokens, index) => {
    const done = Boolean((tokens[index]?.meta as { done: boolean } | null)?.done);
    return `<span class="task-box${done ? ' task-done' : ''}" role="img" aria-label="${escape(done ? labels.taskDone : labels.taskOpen)}"></span>`;
  };
  rules.blockquote_open = (tokens, index) => {
    const kind = (tokens[index]?.meta as { alert?: AlertKind } | null)?.alert;
    return kind === undefined ? '<blockquote>\n' : `<div class="alert alert-${kind}" role="note"><p class="alert-title">${escape(labels.alerts[kind])}</p>\n`;
  };
  rules.blockquote_close = (tokens, index) => ((tokens[index]?.meta as { alert?: AlertKind } | null)?.alert === undefined ? '</blockquote>\n' : '</div>\n');
  rules.footnote_reference = (tokens, index) => {
    const name = escape(tokens[index]?.content ?? '');
    return `<sup><button type="button" class="footnote-mark" data-action="footnote" data-name="${name}" aria-label="${escape(labels.footnote).replace('{name}', name)}">${name}</button></sup>`;
  };
  rules.footnote_open = (tokens, index) => {
    const name = escape(String((tokens[index]?.meta as { name: string }).name));
    return `<div class="footnote" data-footnote="${name}" tabindex="-1"><sup>${name}</sup> `;
  };
  rules.footnote_close = () => '</div>\n';
}
