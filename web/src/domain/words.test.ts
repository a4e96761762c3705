import { describe, expect, it } from 'vitest';
import header from '../../../src/base/error.h?raw';
import { failureCodes, failureView } from './failure';
import { type Language, languageNames, languages, loadSheetTexts, loadTexts, makeWords, pickLanguage, textsEn } from './i18n';
import { sentenceEnd, spoken } from './live-text';
import { chooseModel, type Model } from './model';
import { bytesOf, clampTemperature, combined, kDefaultLimits, presetOf, problemOf } from './settings';

function placeholders(text: string): string[] {
  return Array.from(text.matchAll(/\{\w+\}/g), (match) => match[0]).sort();
}

const kSame = new Set<string>(['app_title', 'about', 'top_p', 'top_k', 'min_p', 'metric_seconds', 'metric_minutes', 'theme_system', 'model_pull_progress', 'admin_invites', 'role_admin']);

const kTables: readonly ((language: Language) => Promise<Readonly<Record<string, string>>>)[] = [loadTexts, loadSheetTexts];

describe('dictionaries', () => {
  it.each(languages)('%s is complete, with the same placeholders', async (language) => {
    for (const load of kTables) {
      const [texts, english] = await Promise.all([load(language), load('en')]);
      expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
      for (const [key, text] of Object.entries(english)) {
        expect(placeholders(texts[key] ?? ''), key).toEqual(placeholders(text));
        expect(texts[key]?.trim(), key).not.toBe('');
      }
    }
    expect(languageNames[language]).not.toBe('');
  });

  it.each(languages.filter((language) => language !== 'en'))('%s is not left in English', async (language) => {
    for (const load of kTables) {
      const [texts, english] = await Promise.all([load(language), load('en')]);
      const left = Object.entries(english).filter(([key, text]) => !kSame.has(key) && !key.startsWith('metric_') && texts[key] === text && text.length > 9);
      expect(left).toEqual([]);
    }
  });

  it.each(languages)('%s calls a button by the words that stand on it', async (language) => {
    const texts = await loadTexts(language);
    for (const key of ['copy', 'wrap', 'download', 'preview'] as const) expect(texts[`${key}_code`].toLowerCase()).toContain(texts[key].toLowerCase());
  });

  it('has no word twice', async () => {
    const [page, sheets] = await Promise.all(kTables.map((load) => load('en')));
    expect(Object.keys(page ?? {}).filter((key) => key in (sheets ?? {}))).toEqual([]);
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

  it('always offer Retry', () => {
    for (const code of [...failureCodes, 'never-heard-of']) {
      const view = failureView({ code, message: '' });
      expect(view.actions[0], code).toBe('retry');
      expect(textsEn[view.title]).toMatch(/\.$/);
      expect(textsEn[view.hint]).toMatch(/\.$/);
    }
  });
});

describe('words', async () => {
  const en = makeWords('en', textsEn);
  const ru = makeWords('ru', await loadTexts('ru'));

  it('choose the right plural', () => {
    expect([1, 2, 1204].map((n) => en.plural('metric_tokens', n))).toEqual(['1 token', '2 tokens', '1,204 tokens']);
    expect([1, 3, 5, 21, 112].map((n) => ru.plural('metric_tokens', n))).toEqual(['1 токен', '3 токена', '5 токенов', '21 токен', '112 токенов']);
  });

  it('say the place in line', () => {
    expect([1, 2].map((n) => en.place(n, null))).toEqual(['Next in line', 'Number 2 in line']);
    expect([en.place(2, 14), en.place(3, 200)]).toEqual(['Number 2 in line · about 14 s', 'Number 3 in line · about 3 min']);
    expect(ru.place(2, null)).toBe('2-е место в очереди');
  });

  it('write sizes and numbers as the language does', () => {
    expect([0, 999, 98362432, 1629509152].map((n) => en.size(n))).toEqual(['0 B', '999 B', '98 MB', '1.6 GB']);
    expect(ru.size(1629509152)).toBe('1,6 ГБ');
    expect([en.fixed(21.44, 1), ru.fixed(0.2, 1)]).toEqual(['21.4', '0,2']);
  });

  it('write dates as the reader’s region does', () => {
    const at = new Date(2026, 10, 23, 16, 5).getTime();
    expect(makeWords('en', textsEn, ['de', 'en-GB', 'en-US']).moment(at)).toBe('23 Nov 2026, 16:05');
    expect(makeWords('en', textsEn, ['de-AT']).moment(at)).toBe(en.moment(at));
  });

  it('follow the browser, and fall back to English', () => {
    expect([pickLanguage(['xx', 'ru-RU', 'en']), pickLanguage(['xx']), pickLanguage([])]).toEqual(['ru', 'en', 'en']);
  });
});

describe('settings', () => {
  it('stay inside the limits', () => {
    const t = (value: number): number => clampTemperature(value, kDefaultLimits, 0.2);
    expect([t(-1), t(0.234), t(7), t(Number.NaN)]).toEqual([0, 0.23, 2, 0.2]);
  });

  it('are taken only where they are values', () => {
    const p = (name: 'top_p' | 'max_tokens' | 'seed', text: string): string | null => problemOf(name, text, kDefaultLimits);
    expect([p('top_p', '0,9'), p('top_p', ''), p('top_p', '5'), p('top_p', '-1'), p('top_p', 'x')]).toEqual([null, null, 'high', 'low', 'number']);
    expect([p('max_tokens', '10.5'), p('max_tokens', '0'), p('seed', '42')]).toEqual(['whole', 'low', null]);
    expect(combined({ top_p: 0.5, temperature: 0 }, { top_p: null, seed: 1 })).toEqual({ temperature: 0, seed: 1 });
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
    expect([chooseModel(models, ['', 'b'], 'a'), chooseModel(models, ['x'], 'b'), chooseModel(models, ['x'], 'y'), chooseModel([], ['x'], '')]).toEqual(['b', 'b', 'a', 'x']);
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
