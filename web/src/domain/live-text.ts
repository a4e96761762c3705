// What a screen reader hears while an answer streams: whole sentences, without Markdown's signs.

/** End of the last complete sentence or line of `text` after `from`; `from` where there is none. */
export function sentenceEnd(text: string, from: number): number {
  let end = from;
  for (const match of text.slice(from).matchAll(/[.!?…](?=\s)|\n/g)) end = from + match.index + 1;
  return end;
}

export function spoken(markdown: string): string {
  return markdown
    .replace(/^\s*(```|~~~).*$/gm, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*[-*+#>|]+\s*/gm, '')
    .replace(/[*_`|]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
