// Brings a DOM subtree to new HTML by changing only what differs, so that a selection inside a growing
// block survives and unchanged nodes are not painted again.

function sameKind(old: Node, fresh: Node): boolean {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return false;
  // A painted formula cannot be turned into another one piece by piece.
  return old.nodeType !== 1 || (old as Element).getAttribute('data-math') === (fresh as Element).getAttribute('data-math');
}

function patchAttributes(old: Element, fresh: Element): void {
  for (const { name, value } of Array.from(fresh.attributes)) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of Array.from(old.attributes)) {
    if (!fresh.hasAttribute(name) && !kOurs.has(name)) old.removeAttribute(name);
  }
}

/** Attributes that the view itself puts on rendered Markdown. */
const kOurs = new Set(['data-wrapped', 'aria-pressed', 'data-done']);

/** `code` elements are handed to `code` instead of being compared, because colouring changes their inside. */
export type CodePatcher = (old: HTMLElement, fresh: HTMLElement) => void;

function patchNode(old: Node, fresh: Node, code: CodePatcher): void {
  if (old.nodeType === 3) {
    if ((old as Text).data !== (fresh as Text).data) patchText(old as Text, (fresh as Text).data);
    return;
  }
  if (old.nodeType !== 1) return;
  const math = (old as Element).getAttribute('data-math');
  if (math !== null && math === (fresh as Element).getAttribute('data-math')) return; // painted already, or about to be
  patchAttributes(old as Element, fresh as Element);
  if (old.nodeName === 'CODE' && (old as Element).hasAttribute('data-language')) code(old as HTMLElement, fresh as HTMLElement);
  else patchChildren(old, fresh, code);
}

function patchText(old: Text, data: string): void {
  if (data.startsWith(old.data)) old.appendData(data.slice(old.data.length));
  else old.data = data;
}

/** Makes the children of `old` equal to those of `fresh`, whose nodes may be moved over. */
export function patchChildren(old: Node, fresh: Node, code: CodePatcher): void {
  let current = old.firstChild;
  for (let wanted = fresh.firstChild; wanted !== null; ) {
    const next: ChildNode | null = wanted.nextSibling;
    if (current === null) {
      old.appendChild(wanted);
    } else if (sameKind(current, wanted)) {
      patchNode(current, wanted, code);
      current = current.nextSibling;
    } else {
      const replaced: ChildNode = current;
      current = current.nextSibling;
      old.replaceChild(wanted, replaced);
    }
    wanted = next;
  }
  while (current !== null) {
    const gone: ChildNode = current;
    current = current.nextSibling;
    old.removeChild(gone);
  }
}

/** `html` must be safe already (sanitize.ts). */
export function patchHtml(target: HTMLElement, html: string, code: CodePatcher): void {
  const template = document.createElement('template');
  template.innerHTML = html;
  patchChildren(target, template.content, code);
}

/** The last text of `node` that shows something, or null. */
export function lastTextOf(node: Node): Text | null {
  for (let child = node.lastChild; child !== null; child = child.previousSibling) {
    if (child.nodeType === 3 && (child as Text).data.trim() !== '') return child as Text;
    const inner = lastTextOf(child);
    if (inner !== null) return inner;
  }
  return null;
}
