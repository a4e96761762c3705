// Languages of the page: dictionaries, plurals, numbers, sizes. Pure; the chosen language is a value.
import { type TextKey, type Texts, textsEn } from './texts-en';
import { textsRu } from './texts-ru';

export const languages = ['en', 'ru'] as const;
export type Language = (typeof languages)[number];
export type Fill = Readonly<Record<string, string | number>>;

const kTexts: Record<Language, Texts> = { en: textsEn, ru: textsRu };

export interface Words {
  readonly language: Language;
  text(key: TextKey, fill?: Fill): string;
  /** `stem` names four keys: stem_one, stem_few, stem_many, stem_other. `{value}` is the number. */
  plural(stem: 'metric_characters' | 'metric_tokens', count: number): string;
  /** At most `digits` digits after the point. */
  number(value: number, digits?: number): string;
  fixed(value: number, digits: number): string;
  size(bytes: number): string;
  place(place: number): string;
}

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && (languages as readonly string[]).includes(value);
}

/** The first of the browser's languages that the page speaks, else English. */
export function pickLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-', 1)[0];
    if (isLanguage(base)) return base;
  }
  return 'en';
}

function filled(template: string, fill: Fill): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}

function ordinal(language: Language, rules: Intl.PluralRules, place: number): string {
  if (language === 'ru') return `${place}-е`;
  const suffixes: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' };
  return `${place}${suffixes[rules.select(place)] ?? 'th'}`;
}

export function makeWords(language: Language): Words {
  const texts = kTexts[language];
  const plurals = new Intl.PluralRules(language);
  const ordinals = new Intl.PluralRules(language, { type: 'ordinal' });
  const number = (value: number, digits = 0): string =>
    value.toLocaleString(language, { maximumFractionDigits: digits });
  const fixed = (value: number, digits: number): string =>
    value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const units = language === 'ru' ? ['Б', 'кБ', 'МБ', 'ГБ', 'ТБ'] : ['B', 'kB', 'MB', 'GB', 'TB'];
  return {
    language,
    text: (key, fill = {}) => filled(texts[key], fill),
    plural(stem, count) {
      const key = `${stem}_${plurals.select(count)}` as TextKey;
      return filled(texts[key] ?? texts[`${stem}_other`], { value: number(count) });
    },
    number,
    fixed,
    size(bytes) {
      let value = bytes;
      let unit = 0;
      while (value >= 999.5 && unit < units.length - 1) {
        value /= 1000;
        unit += 1;
      }
      return `${number(value, value < 10 && unit > 0 ? 1 : 0)} ${units[unit]}`;
    },
    place(place) {
      if (place <= 1) return texts.place_next;
      return filled(texts.place_other, { place: ordinal(language, ordinals, place) });
    },
  };
}

export { textsEn, textsRu };
