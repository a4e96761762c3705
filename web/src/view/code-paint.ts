// Colours the code elements of rendered Markdown. While a block is still growing its complete lines are
// coloured again from time to time, a twentieth of the time at most, and the text after them is appended as it comes.
import { highlight, isHighlightable, loadLanguage } from '../markdown/highlight';
import { patchHtml } from '../markdown/patch';

const kRepaintMs = 120;
const kRepaintShare = 20; // colouring waits this many times as long as it took

interface Painted {
  language: string;
  text: string;
  dueAt: number; // performance.now() from which it may be coloured again
  open: boolean;
}

const painted = new WeakMap<HTMLElement, Painted>();

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function append(element: HTMLElement, more: string): void {
  const last = element.lastChild;
  if (last instanceof Text) last.appendData(more);
  else element.append(more);
}

function colour(element: HTMLElement, state: Painted): boolean {
  const begun = performance.now();
  const cut = state.open ? state.text.lastIndexOf('\n') + 1 : state.text.length;
  const html = highlight(state.text.slice(0, cut), state.language);
  if (html === null) return false;
  patchHtml(element, html + escapeHtml(state.text.slice(cut)), () => undefined);
  const now = performance.now();
  state.dueAt = now + kRepaintMs + kRepaintShare * (now - begun);
  return true;
}

/** Shows `text` in `element`; `open`: more of it may come. */
export function paintCode(element: HTMLElement, text: string, open: boolean): void {
  const language = element.dataset.language ?? '';
  const before = painted.get(element);
  const same = before !== undefined && before.language === language;
  if (same && before.text === text && before.open === open) return;
  const state: Painted = { language, text, open, dueAt: same ? before.dueAt : -Infinity };
  painted.set(element, state);
  const due = !open || performance.now() >= state.dueAt;
  if (due && colour(element, state)) return;
  if (same && text.startsWith(before.text)) append(element, text.slice(before.text.length));
  else if (element.textContent !== text) element.textContent = text;
  if (due && isHighlightable(language)) void paintWhenLoaded(element, state);
}

async function paintWhenLoaded(element: HTMLElement, state: Painted): Promise<void> {
  if (!(await loadLanguage(state.language))) return;
  if (painted.get(element) === state) colour(element, state);
}
