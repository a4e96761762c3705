// One configured markdown-it: GFM tables, strikethrough and bare links; raw HTML stays text; images are
// links; only http, https and mailto addresses; code blocks get a bar with their language and buttons.
import MarkdownIt from 'markdown-it';
import { languageLabel } from './languages';

/** The words that rendered Markdown itself shows. */
export interface MarkdownLabels {
  readonly copy: string;
  readonly copyCode: string;
  readonly wrap: string;
  readonly wrapCode: string;
  readonly code: string;
  readonly image: string;
  readonly table: string;
}

/** What one parse shares: reference definitions seen so far, and whether the last code block is still open. */
export interface RenderEnv {
  references?: Record<string, unknown>;
}

function codeBlock(engine: MarkdownIt, labels: MarkdownLabels, code: string, info: string): string {
  const escape = engine.utils.escapeHtml;
  const name = info.trim().split(/\s+/, 1)[0] ?? '';
  const label = name === '' ? labels.code : languageLabel(name);
  const button = (action: string, text: string, title: string): string =>
    `<button type="button" data-action="${action}" aria-label="${escape(title)}">${escape(text)}</button>`;
  return (
    `<div class="code-block"><div class="code-bar"><span class="code-language">${escape(label)}</span>` +
    `<span class="code-actions">${button('wrap', labels.wrap, labels.wrapCode)}${button('copy', labels.copy, labels.copyCode)}</span></div>` +
    `<pre tabindex="0"><code data-language="${escape(name)}">${escape(code)}</code></pre></div>\n`
  );
}

function installRules(engine: MarkdownIt, labels: MarkdownLabels): void {
  const rules = engine.renderer.rules;
  rules.fence = (tokens, index) => codeBlock(engine, labels, tokens[index]?.content ?? '', tokens[index]?.info ?? '');
  rules.code_block = (tokens, index) => codeBlock(engine, labels, tokens[index]?.content ?? '', '');
  rules.table_open = () => `<div class="table-scroll" tabindex="0" role="region" aria-label="${engine.utils.escapeHtml(labels.table)}"><table>\n`;
  rules.table_close = () => '</table></div>\n';
  // markdown-it aligns cells with style attributes, which the Content-Security-Policy forbids.
  const aligned = (tag: string): NonNullable<typeof rules.th_open> => (tokens, index) => {
    const align = /text-align:(\w+)/.exec(String(tokens[index]?.attrGet('style') ?? ''))?.[1];
    return align === undefined ? `<${tag}>` : `<${tag} class="align-${align}">`;
  };
  rules.th_open = aligned('th');
  rules.td_open = aligned('td');
  rules.link_open = (tokens, index, options, _env, self) => {
    tokens[index]?.attrSet('target', '_blank');
    tokens[index]?.attrSet('rel', 'noopener noreferrer nofollow');
    return self.renderToken(tokens, index, options);
  };
  rules.image = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const text = self.renderInlineAsText(token?.children ?? [], options, env) || labels.image;
    const address = engine.utils.escapeHtml(String(token?.attrGet('src') ?? ''));
    const inner = engine.utils.escapeHtml(text);
    return `<a class="image-link" href="${address}" target="_blank" rel="noopener noreferrer nofollow">${inner}</a>`;
  };
}

export function makeEngine(labels: MarkdownLabels): MarkdownIt {
  const engine = new MarkdownIt('default', { html: false, linkify: true, typographer: false, breaks: true });
  engine.validateLink = (address) => /^(https?:|mailto:)/i.test(address.trim());
  engine.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: false });
  installRules(engine, labels);
  return engine;
}
