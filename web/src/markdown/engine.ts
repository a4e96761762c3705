// One configured markdown-it: GFM with task lists, alerts, footnotes and formulas; raw HTML stays text; images
// are buttons; only http, https and mailto addresses; code blocks get a bar with their language and buttons.
import MarkdownIt from 'markdown-it';
import { type ExtraLabels, installExtras } from './extras';
import { languageLabel } from './languages';
import { installMath } from './math';

/** The words that rendered Markdown itself shows. */
export interface MarkdownLabels extends ExtraLabels {
  readonly copy: string;
  readonly copyCode: string;
  readonly download: string;
  readonly downloadCode: string;
  readonly preview: string;
  readonly previewCode: string;
  readonly wrap: string;
  readonly wrapCode: string;
  readonly code: string;
  readonly image: string; // with {host}
  readonly table: string;
}

/** What one parse shares: reference definitions seen so far, and whether the last code block is still open. */
export interface RenderEnv {
  references?: Record<string, unknown>;
}

/** Languages that can be looked at in a frame (view/preview.ts). */
const kPreviewed = new Set(['html', 'svg', 'mermaid']);

function codeBlock(engine: MarkdownIt, labels: MarkdownLabels, code: string, info: string): string {
  const escape = engine.utils.escapeHtml;
  const name = info.trim().split(/\s+/, 1)[0] ?? '';
  const label = name === '' ? labels.code : languageLabel(name);
  const previewed = kPreviewed.has(name.toLowerCase());
  const button = (action: string, text: string, title: string): string =>
    `<button type="button" data-action="${action}" aria-label="${escape(title)}">${escape(text)}</button>`;
  return (
    `<div class="code-block"><div class="code-bar"><span class="code-language">${escape(label)}</span>` +
    `<span class="code-actions">${previewed ? button('preview', labels.preview, labels.previewCode) : ''}${button('wrap', labels.wrap, labels.wrapCode)}` +
    `${button('download', labels.download, labels.downloadCode)}${button('copy', labels.copy, labels.copyCode)}</span></div>` +
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
    const text = self.renderInlineAsText(token?.children ?? [], options, env).trim();
    const address = String(token?.attrGet('src') ?? '');
    const shown = labels.image.replace('{host}', /^https?:\/\/([^/?#]+)/i.exec(address)?.[1] ?? '');
    const escape = engine.utils.escapeHtml;
    return (
      `<button type="button" class="remote-image" data-action="image" data-source="${escape(address)}">` +
      `${escape(text === '' ? shown : `${text} · ${shown}`)}</button>`
    );
  };
}

export function makeEngine(labels: MarkdownLabels): MarkdownIt {
  const engine = new MarkdownIt('default', { html: false, linkify: true, typographer: false, breaks: true });
  engine.validateLink = (address) => /^(https?:|mailto:)/i.test(address.trim());
  engine.linkify.set({ fuzzyLink: false, fuzzyIP: false, fuzzyEmail: false });
  installMath(engine);
  installExtras(engine, labels);
  installRules(engine, labels);
  return engine;
}
