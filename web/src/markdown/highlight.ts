// Colours for code. highlight.js and each grammar are fetched when a code block first needs them; until
// then, and for languages nobody knows, code is plain text.
import type { HLJSApi } from 'highlight.js';
import { findLanguage } from './languages';

const kLongestCode = 60_000; // characters; beyond that colouring would be felt

let core: Promise<HLJSApi> | null = null;
let ready: HLJSApi | null = null;

/** highlight.js looks names up in lower case. */
function keyOf(label: string): string {
  return label.toLowerCase();
}

async function loadCore(): Promise<HLJSApi> {
  core ??= import('highlight.js/lib/core').then((module) => (ready = module.default));
  return core;
}

/** Whether `name` can be coloured at all. */
export function isHighlightable(name: string): boolean {
  return findLanguage(name) !== null;
}

/** Makes `highlight` able to colour `name`; false where that cannot be (unknown, or the fetch failed). */
export async function loadLanguage(name: string): Promise<boolean> {
  const language = findLanguage(name);
  if (language === null) return false;
  try {
    const [engine, grammar] = await Promise.all([loadCore(), language.grammar()]);
    const key = keyOf(language.label);
    if (engine.getLanguage(key) === undefined) engine.registerLanguage(key, grammar.default);
    return true;
  } catch {
    core = ready === null ? null : core;
    return false;
  }
}

/** Coloured, escaped HTML of `code`, or null where its language is not (yet) there or the code is too long. */
export function highlight(code: string, name: string): string | null {
  const language = findLanguage(name);
  if (ready === null || language === null || code.length > kLongestCode) return null;
  if (ready.getLanguage(keyOf(language.label)) === undefined) return null;
  return ready.highlight(code, { language: keyOf(language.label), ignoreIllegals: true }).value;
}
