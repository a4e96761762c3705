import { describe, expect, it } from 'vitest';
import { highlight, loadLanguage } from './highlight';
import { languageLabel } from './languages';
import { patchHtml } from './patch';

const noCode = (): void => undefined;

describe('patchHtml', () => {
  it('ends with the wanted HTML from any start', () => {
    const states = ['', '<p>a</p>', '<p>a <b>b</b></p><ul><li>1</li></ul>', '<h1 class="x">t</h1>', 'text', '<p class="x">a b</p><p>c</p>'];
    for (const from of states) {
      for (const to of states) {
        const element = document.createElement('div');
        element.innerHTML = from;
        patchHtml(element, to, noCode);
        expect(element.innerHTML, `${from} → ${to}`).toBe(to);
      }
    }
  });

  it('keeps the nodes of text that only grows', () => {
    const element = document.createElement('div');
    patchHtml(element, '<p>Hello <b>wor</b></p>', noCode);
    const [paragraph, text] = [element.firstChild, element.firstChild?.firstChild];
    patchHtml(element, '<p>Hello <b>world</b> again</p><p>More</p>', noCode);
    expect(element.firstChild).toBe(paragraph);
    expect(element.firstChild?.firstChild).toBe(text);
    expect(element.textContent).toBe('Hello world againMore');
  });

  it('hands code over instead of comparing it', () => {
    const element = document.createElement('div');
    patchHtml(element, '<pre><code data-language="c">a</code></pre>', noCode);
    const seen: string[] = [];
    patchHtml(element, '<pre><code data-language="c">ab</code></pre>', (_, fresh) => seen.push(fresh.textContent ?? ''));
    expect([seen, element.textContent]).toEqual([['ab'], 'a']);
  });
});

describe('code languages', () => {
  it('have their proper names', () => {
    expect(['c++', 'C#', 'py', 'sh', 'zig'].map(languageLabel)).toEqual(['C++', 'C#', 'Python', 'Bash', 'zig']);
  });

  it('are coloured once loaded, escaped in any case', async () => {
    expect(highlight('x = 1', 'python')).toBeNull();
    expect(await loadLanguage('python')).toBe(true);
    expect(await loadLanguage('no such language')).toBe(false);
    expect(highlight('def f(): return "<b>"', 'py')).toBe(
      '<span class="hljs-keyword">def</span> <span class="hljs-title function_">f</span>(): <span class="hljs-keyword">return</span> <span class="hljs-string">&quot;&lt;b&gt;&quot;</span>',
    );
  });
});
