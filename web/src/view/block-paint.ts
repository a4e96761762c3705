// One block of Markdown in the document: patched where its HTML changed, appended to where it only went on.
import { lastTextOf, patchHtml } from '../markdown/patch';
import type { Block } from '../markdown/stream';
import { paintCode } from './code-paint';
import { paintMath } from './math-paint';

export class BlockPainter {
  readonly #element: HTMLElement;
  #shown: Block | null = null;
  #code = ''; // text of the code element as it is in the block's HTML

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  show(block: Block): void {
    const before = this.#shown;
    if (before === block) return;
    this.#shown = block;
    const same = before !== null && before.html === block.html && before.open === block.open;
    if (!same || !block.tail.startsWith(before.tail)) this.#patch(block);
    else if (block.tail !== before.tail) this.#append(block.tail.slice(before.tail.length), block);
  }

  #patch(block: Block): void {
    patchHtml(this.#element, block.html, (old, fresh) => paintCode(old, fresh.textContent ?? '', block.open));
    for (const code of this.#element.querySelectorAll<HTMLElement>('code[data-language]')) {
      paintCode(code, code.textContent ?? '', block.open);
      this.#code = code.textContent ?? '';
    }
    paintMath(this.#element);
    if (block.tail !== '') this.#append(block.tail, block);
  }

  #append(more: string, block: Block): void {
    const code = this.#element.querySelector<HTMLElement>(':scope > .code-block code');
    if (code !== null) paintCode(code, this.#code + block.tail, true);
    else lastTextOf(this.#element)?.appendData(more);
  }
}
