import { describe, expect, it } from 'vitest';
import { makeEngine } from './engine';
import { lastTextOf } from './patch';
import { sanitize } from './sanitize';
import { type Block, MarkdownStream, renderWhole } from './stream';

const kEngine = makeEngine({ copy: 'Copy', copyCode: 'Copy the code', wrap: 'Wrap', wrapCode: 'Wrap lines', code: 'code', image: 'Load from {host}', table: 'Table', download: 'Save', downloadCode: 'Save the code', preview: 'Preview', previewCode: 'Preview it', taskDone: 'Done', taskOpen: 'To do', footnote: 'Footnote {name}', alerts: { note: 'Note', tip: 'Tip', important: 'Important', warning: 'Warning', caution: 'Caution' } });

const kAnswer = `# Boiling

About **25 minutes**, if 60 % of it
reaches the water \\* no list.

1. first

   still first
2. second
   - inner
     - deeper

> quoted
lazy
> more

| a | b |
| --: | :-: |
| 1 | 2 |
no row
---
Setext
===

\`\`\`py
def f(x):

    return "\`\`"
\`\`\`
~~~
plain
~~~

    indented

- [ ] one
- two

> [!NOTE]
> alert

Sum $a_1$, price $5, \\(x
y\\).[^n]

[^n]: the note
goes on

\\[
x = 1
\\]
$$
open

* other list
a | b
--|--
x | y

[ref] and [gone] http://example.com/a_b.

[ref]: https://example.org "Title"
text\`\`\`a\`b
***
ends with \`code`;

function html(blocks: readonly Block[]): string {
  return blocks.map((block) => block.html).join('');
}

// The cutting is the same with and without the sanitizer, which is slow outside a browser.
const raw = (text: string): string => text;

function plain(source: string): string {
  return kEngine.render(source);
}

/** The text in pieces that end at `cuts`, then complete. */
function streamed(source: string, cuts: readonly number[]): string {
  const stream = new MarkdownStream(kEngine, raw);
  for (const cut of cuts) stream.update(source.slice(0, cut), false);
  return html(stream.update(source, true));
}

describe('streaming Markdown', () => {
  it('renders whole as markdown-it does', () => {
    expect(html(renderWhole(kAnswer, kEngine))).toBe(sanitize(plain(kAnswer)));
    expect(streamed(kAnswer, [])).toBe(plain(kAnswer));
  });

  it('gives the same split at every position', () => {
    const whole = plain(kAnswer);
    for (let cut = 0; cut <= kAnswer.length; cut += 1) expect(streamed(kAnswer, [cut]), `cut at ${cut}`).toBe(whole);
  });

  it('gives the same character by character, with any line end', () => {
    for (const source of [kAnswer, kAnswer.replaceAll('\n', '\r\n'), kAnswer.replaceAll('\n', '\r')]) {
      const cuts = Array.from({ length: source.length }, (_, index) => index + 1);
      expect(streamed(source, cuts)).toBe(plain(kAnswer));
    }
  });

  it('gives the same on shuffled lines, which make odd neighbours', () => {
    const lines = kAnswer.split('\n');
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 120; round += 1) {
      const source = Array.from({ length: 14 }, () => lines[random(lines.length)]).join('\n');
      const cuts = Array.from({ length: source.length }, (_, index) => index + 1);
      expect(streamed(source, cuts), JSON.stringify(source)).toBe(plain(source));
    }
  });

  /** What the page shows of `blocks`, appended text included; blanks before an end do not show. */
  function shown(blocks: readonly Block[]): string {
    return blocks
      .map((block) => {
        const element = document.createElement('div');
        element.innerHTML = block.html;
        if (block.tail !== '') (element.querySelector('pre code') ?? lastTextOf(element)?.parentNode)?.append(block.tail);
        return element.innerHTML.replace(/\s+(?=<\/)/g, '');
      })
      .join('');
  }

  it('shows at every moment what a fresh look at the text so far shows', () => {
    const lines = kAnswer.split('\n');
    let seed = 11;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let round = 0; round < 12; round += 1) {
      const source = Array.from({ length: 10 }, () => lines[random(lines.length)]).join('\n');
      const stream = new MarkdownStream(kEngine, raw);
      for (let end = 1; end <= source.length; end += 1 + random(3)) {
        const text = source.slice(0, end);
        const fresh = new MarkdownStream(kEngine, raw).update(text, false);
        expect(shown(stream.update(text, false)), JSON.stringify(text)).toBe(shown(fresh));
      }
    }
  });

  it('appends plain words without rendering anything again', () => {
    let renders = 0;
    const stream = new MarkdownStream(kEngine, (text) => ((renders += 1), text));
    let text = '1. **Fill** the body';
    stream.update(text, false);
    const before = renders;
    for (let count = 0; count < 500; count += 1) stream.update((text += count % 9 === 8 ? ', then' : ' word'), false);
    expect(renders).toBe(before);
    expect(shown(stream.update(text, false))).toContain(' word word, then word');
  });

  it('never renders a finished block again', () => {
    const stream = new MarkdownStream(kEngine, raw);
    const first = new Map<number, Block>();
    const source = kAnswer.replace(/\[ref\]:.*\n/, '');
    for (let end = 1; end <= source.length; end += 1) {
      for (const block of stream.update(source.slice(0, end), end === source.length)) {
        if (block.open) continue;
        expect(first.get(block.id) ?? block).toBe(block);
        first.set(block.id, block);
      }
    }
    expect(first.size).toBeGreaterThan(10);
  });

  it('keeps earlier blocks when a definition gives them an address', () => {
    const stream = new MarkdownStream(kEngine);
    stream.update('See [it].\n\nNext\n\n', false);
    const blocks = stream.update('See [it].\n\nNext\n\n[it]: https://example.org\n', true);
    expect(blocks.map((block) => block.html)).toEqual([
      '<p>See <a href="https://example.org" target="_blank" rel="noopener noreferrer nofollow">it</a>.</p>\n',
      '<p>Next</p>\n',
    ]);
  });

  it('starts anew for another text', () => {
    const stream = new MarkdownStream(kEngine);
    stream.update('One\n\nTwo\n\n', false);
    expect(html(stream.update('Other', true))).toBe('<p>Other</p>\n');
    expect(html(stream.update('', true))).toBe('');
  });
});

describe('rendered HTML', () => {
  const whole = (source: string): string => html(renderWhole(source, kEngine));

  it('shows raw HTML as text', () => {
    expect(whole('<script>alert(1)</script> <img src=x onerror=alert(1)>')).not.toMatch(/<(script|img)/);
    expect(whole('<b>x</b>')).toContain('&lt;b&gt;x&lt;/b&gt;');
  });

  it('has no addresses but http, https and mailto', () => {
    for (const bad of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '//host/x', '&#106;avascript:alert(1)']) {
      expect(whole(`[x](${bad}) <${bad}> ![y](${bad})`), bad).not.toContain('href');
    }
    expect(whole('[x](mailto:a@b.c)')).toContain('href="mailto:a@b.c"');
  });

  it('shows an image as a button that names its host, never loading it', () => {
    expect(whole('![A *cat*](https://example.org/c.png)')).toBe(
      '<p><button type="button" class="remote-image" data-action="image" data-source="https://example.org/c.png">A cat · Load from example.org</button></p>\n',
    );
  });

  it('shows tasks, alerts and footnotes as GitHub does', () => {
    expect(whole('- [x] one\n- [ ] two')).toContain('<li class="task-item"><span class="task-box task-done" role="img" aria-label="Done"></span>one</li>');
    expect(whole('> [!WARNING]\n> Hot *water*')).toBe('<div class="alert alert-warning" role="note"><p class="alert-title">Warning</p>\n<p>Hot <em>water</em></p>\n</div>\n');
    expect(whole('> [!OTHER]\n> text')).toContain('<blockquote>');
    const note = whole('Tea[^1].\n\n[^1]: With *lemon*.');
    expect(note).toContain('data-action="footnote" data-name="1" aria-label="Footnote 1">1</button></sup>');
    expect(note).toContain('<div class="footnote" data-footnote="1" tabindex="-1"><sup>1</sup> With <em>lemon</em>.</div>');
  });

  it('finds formulas, and leaves prices alone', () => {
    const formulas = (source: string): string[] => {
      const element = document.createElement('div');
      element.innerHTML = whole(source);
      return Array.from(element.querySelectorAll('[data-math]'), (found) => (found as HTMLElement).dataset.math ?? '');
    };
    expect(formulas('so \\(a^2\\) and $b_1$ and $x$ but `$c$`')).toEqual(['a^2', 'b_1', 'x']);
    expect(formulas('\\[\nE = mc^2\n\\]\n\n$$\\frac{1}{2}$$')).toEqual(['E = mc^2', '\\frac{1}{2}']);
    for (const price of ['It costs $5 and then $10.', 'from $5-$10', 'US$5 = 6$', '$HOME/bin and $PATH', '5$ or 6$', '\\$x\\$', 'between $5 and 10$']) {
      expect(formulas(price), price).toEqual([]);
    }
    const element = document.createElement('div');
    element.innerHTML = whole('$<img src=x>$ \\(<script>\\)');
    expect([element.querySelector('img, script'), element.textContent?.trim()]).toEqual([null, '<img src=x> <script>']);
    expect(whole('\\[ open\n\nnext')).toBe('<p>\\[ open</p>\n<p>next</p>\n');
  });

  it('has no style attributes, which the policy forbids', () => {
    expect(whole(kAnswer)).not.toContain('style=');
    expect(whole('|a|\n|-:|\n|1|')).toContain('<td class="align-right">1</td>');
  });

  it('gives code a bar with the language and its buttons', () => {
    const block = whole('```c++\nint x = a<b>();\n```');
    expect(block).toContain('<span class="code-language">C++</span>');
    expect(block).toContain('<button type="button" data-action="copy" aria-label="Copy the code">Copy</button>');
    expect(block).toContain('int x = a&lt;b&gt;();\n</code>');
    const element = document.createElement('div');
    element.innerHTML = whole('```"><img>\nx\n```');
    expect([element.querySelector('img'), element.querySelector('code')?.dataset.language]).toEqual([null, '"><img>']);
  });

  it('understands named character references', () => {
    expect(whole('&copy; &nbsp;&frac12; &unknown; &amp;lt;')).toBe('<p>© &nbsp;½ &amp;unknown; &amp;lt;</p>\n');
  });

  it('is safe behind the engine too', () => {
    expect(sanitize('<p onclick="x()">a<svg onload=x></svg><iframe src=x></iframe></p>')).toBe('<p>a</p>');
    expect(sanitize('<a href="javascript:x">a</a>')).toBe('<a>a</a>');
  });
});
