// The second fence behind markdown-it's escaping: whatever slips through it still cannot run or load.
import DOMPurify from 'dompurify';

const kTags = [
  'a', 'b', 'blockquote', 'br', 'button', 'code', 'del', 'div', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'li',
  'ol', 'p', 'pre', 's', 'span', 'strong', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
];
const kPlainAttributes = ['aria-label', 'data-action', 'data-footnote', 'data-language', 'data-math', 'data-name', 'data-source', 'rel', 'start', 'tabindex', 'target', 'type'];
const kAttributes = [...kPlainAttributes, 'class', 'href', 'role', 'title'];

/** Safe HTML of `html`: only the tags and attributes that the engine writes, only http, https and mailto. */
export function sanitize(html: string): string {
  return DOMPurify.sanitize(html, {
    ALLOWED_TAGS: kTags,
    ALLOWED_ATTR: kAttributes,
    ADD_URI_SAFE_ATTR: kPlainAttributes, // their values are not addresses
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  });
}
