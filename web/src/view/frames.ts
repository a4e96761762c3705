// What the model wrote or linked, shown in a sandboxed frame with an origin of its own: it can run nothing in
// the page and reach no host (a remote image: only its own address, and only after a click).

import { place } from '../transport/place';

const kTallest = 900;

interface FrameWish {
  readonly document: 'html' | 'mermaid' | 'image';
  readonly title: string;
  readonly send: Readonly<Record<string, string>>;
}

/** A frame that gets `send` once it is there, and the height that its content asks for. */
function makeFrame({ document: name, title, send }: FrameWish): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.title = title;
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.referrerPolicy = 'no-referrer';
  frame.className = `preview-frame preview-${name}`;
  frame.src = place(`/frame/${name}.html`);
  frame.addEventListener('load', () => frame.contentWindow?.postMessage(send, '*'), { once: true });
  const listen = (event: MessageEvent): void => {
    if (!frame.isConnected) return removeEventListener('message', listen);
    if (event.source !== frame.contentWindow) return;
    const height = Number((event.data as { height?: unknown } | null)?.height);
    if (Number.isFinite(height) && height > 0) frame.style.height = `${Math.min(kTallest, Math.ceil(height))}px`;
  };
  addEventListener('message', listen);
  return frame;
}

/** Opens or closes the preview of a code block; returns whether it is open now. */
export function togglePreview(block: HTMLElement, title: string): boolean {
  const open = block.querySelector('iframe');
  if (open !== null) {
    open.remove();
    return false;
  }
  const code = block.querySelector<HTMLElement>('code');
  const language = (code?.dataset.language ?? '').toLowerCase();
  const theme = document.documentElement.dataset.theme ?? 'light';
  const source = code?.textContent ?? '';
  block.append(makeFrame({ document: language === 'mermaid' ? 'mermaid' : 'html', title, send: { source, theme } }));
  return true;
}

/** Replaces the button of a remote image by the image. */
export function showImage(button: HTMLElement): void {
  const source = button.dataset.source ?? '';
  button.replaceWith(makeFrame({ document: 'image', title: button.textContent ?? source, send: { source } }));
}
