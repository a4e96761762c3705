import { describe, expect, it } from 'vitest';
import header from '../../../src/base/error.h?raw';
import { failureCodes, failureView } from './failure';
import { makeWords, pickLanguage, textsEn, textsRu } from './i18n';
import { sentenceEnd, spoken } from './live-text';
import { chooseModel, type Model } from './model';
import { bytesOf, clampMaxTokens, clampTemperature, kDefaultLimits, presetOf } from './settings';
import type { TextKey } from './texts-en';

function placeholders(text: string): string[] {
  return Array.from(text.matchAll(/\{\w+\}/g), (match) => match[0]).sort();
}

describe('dictionaries', () => {
  it('are complete, and use the same placeholders', () => {
    expect(Object.keys(textsRu).sort()).toEqual(Object.keys(textsEn).sort());
    for (const key of Object.keys(textsEn) as TextKey[]) {
      expect(placeholders(textsRu[key]), key).toEqual(placeholders(textsEn[key]));
      expect(textsRu[key].trim(), key).not.toBe('');
    }
  });

  it('hold Russian in Russian', () => {
    const latin = new Set(['metric_first_title']);
    for (const key of Object.keys(textsRu) as TextKey[]) {
      if (!latin.has(key) && key !== 'about') expect(textsRu[key], key).toMatch(/[а-яё]/i);
    }
  });
});

describe('failures', () => {
  it('have a sentence and an action for every code of the server', () => {
    const codes = Array.from(header.matchAll(/^ {2}k([A-Z]\w+),/gm), (match) =>
      (match[1] ?? '').replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase(),
    );
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(failureCodes, code).toContain(code);
  });

  it('always offer Retry and fit both languages', () => {
    for (const code of [...failureCodes, 'never-heard-of']) {
      const view = failureView({ code, message: '' });
      expect(view.actions[0], code).toBe('retry');
      for (const language of ['en', 'ru'] as const) {
        expect(makeWords(language).text(view.title)).toMatch(/\.$/);
        expect(makeWords(language).text(view.hint)).toMatch(/\.$/);
      }
    }
  });
});

describe('words', () => {
  const en = makeWords('en');
  const ru = makeWords('ru');

  it('choose the right plural', () => {
    expect([1, 2, 1204].map((n) => en.plural('metric_tokens', n))).toEqual(['1 token', '2 tokens', '1,204 tokens']);
    expect([1, 3, 5, 21, 112].map((n) => ru.plural('metric_tokens', n))).toEqual(['1 токен', '3 токена', '5 токенов', '21 токен', '112 токенов']);
  });

  it('say the place in line', () => {
    expect([1, 2, 3, 11, 22].map((n) => en.place(n))).toEqual(['Next in line', '2nd in line', '3rd in line', '11th in line', '22nd in line']);
    expect([1, 2].map((n) => ru.place(n))).toEqual(['Следующее в очереди', '2-е в очереди']);
  });

  it('write sizes and numbers as the language does', () => {
    expect([0, 999, 98362432, 1629509152].map((n) => en.size(n))).toEqual(['0 B', '999 B', '98 MB', '1.6 GB']);
    expect(ru.size(1629509152)).toBe('1,6 ГБ');
    expect([en.fixed(21.44, 1), ru.fixed(0.2, 1)]).toEqual(['21.4', '0,2']);
  });

  it('follow the browser, and fall back to English', () => {
    expect([pickLanguage(['de', 'ru-RU', 'en']), pickLanguage(['de']), pickLanguage([])]).toEqual(['ru', 'en', 'en']);
  });
});

describe('settings', () => {
  it('stay inside the limits', () => {
    const t = (value: number): number => clampTemperature(value, kDefaultLimits, 0.2);
    expect([t(-1), t(0.234), t(7), t(Number.NaN)]).toEqual([0, 0.23, 2, 0.2]);
    const n = (value: number): number => clampMaxTokens(value, kDefaultLimits, 1024);
    expect([n(0), n(99.6), n(1e9), n(Number.NaN)]).toEqual([1, 100, 8192, 1024]);
  });

  it('know their presets and the bytes of a text', () => {
    expect([presetOf(0), presetOf(0.2), presetOf(0.25)]).toEqual(['preset_precise', 'preset_balanced', null]);
    expect(bytesOf('чай')).toBe(6);
  });
});

describe('chooseModel', () => {
  const model = (name: string): Model => ({ name, sizeBytes: 0, parameterSize: '', quantization: '', family: '', contextLength: 0, loaded: false });
  it('prefers the wanted, then the default, then the first', () => {
    const models = [model('a'), model('b')];
    expect([chooseModel(models, 'b', 'a'), chooseModel(models, 'x', 'b'), chooseModel(models, 'x', 'y'), chooseModel([], 'x', '')]).toEqual(['b', 'b', 'a', 'x']);
  });
});

describe('what is read out', () => {
  it('comes by whole sentences', () => {
    expect(sentenceEnd('One. Two', 0)).toBe(4);
    expect(sentenceEnd('One. Two', 4)).toBe(4);
    expect(sentenceEnd('3.14 is pi', 0)).toBe(0);
  });

  it('has no signs of Markdown', () => {
    expect(spoken('# Title\n- a **bold** [link](http://x)\n```py\nx\n```')).toBe('Title a bold link x');
  });
});
