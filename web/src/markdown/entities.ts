// Stands in for the package `entities` inside markdown-it (vite.config.js): the browser knows every named
// character reference itself, so their table of a dozen compressed kilobytes need not be sent.

let field: HTMLTextAreaElement | undefined;

/** `reference` is one named reference such as `&copy;`; what is none comes back as it was. */
export function decodeHTML(reference: string): string {
  field ??= document.createElement('textarea');
  field.innerHTML = reference; // a textarea holds text only: nothing in it is parsed as an element
  return field.value;
}

/** The same; markdown-it only passes references that end in a semicolon, which is all that `strict` asks. */
export const decodeHTMLStrict = decodeHTML;
