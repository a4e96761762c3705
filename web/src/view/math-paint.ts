// Paints the formulas of rendered Markdown. KaTeX, its style sheet and fonts are fetched with the first one;
// until then, and where TeX is wrong, the source stands there.
type Katex = typeof import('katex').default;

let ready: Katex | null = null;
let loading: Promise<Katex | null> | null = null;

async function load(): Promise<Katex | null> {
  try {
    const [module] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')]);
    return (ready = module.default);
  } catch {
    loading = null; // offline: the next formula tries again
    return null;
  }
}

function paint(katex: Katex, element: HTMLElement): void {
  if (element.dataset.painted !== undefined || !element.isConnected) return;
  const tex = element.dataset.math ?? '';
  try {
    const holder = document.createElement('span');
    // Nodes, not HTML: KaTeX sets its styles by script, which the Content-Security-Policy allows.
    katex.render(tex, holder, { displayMode: element.classList.contains('math-display'), throwOnError: true, trust: false, maxExpand: 500, maxSize: 20, strict: 'ignore', output: 'htmlAndMathml' });
    element.replaceChildren(...holder.childNodes);
    element.dataset.painted = '';
  } catch (cause) {
    element.title = cause instanceof Error ? cause.message : String(cause);
    element.dataset.painted = 'wrong';
  }
}

/** Paints every formula in `root` that is not yet. */
export function paintMath(root: HTMLElement): void {
  const formulas = Array.from(root.querySelectorAll<HTMLElement>('[data-math]:not([data-painted])'));
  if (formulas.length === 0) return;
  if (ready !== null) return formulas.forEach((formula) => paint(ready as Katex, formula));
  loading ??= load();
  void loading.then((katex) => katex !== null && formulas.forEach((formula) => paint(katex, formula)));
}
