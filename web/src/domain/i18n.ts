// Languages of the page: dictionaries, plurals, numbers, sizes. Pure; the chosen language is a value.
import type { SheetKey, SheetTexts } from './sheet-texts-en';
import { type TextKey, type Texts, textsEn } from './texts-en';

export const languages = ['en', 'ru', 'uk', 'de', 'fr', 'es', 'pt', 'it', 'pl', 'tr', 'zh', 'ar'] as const;
export type Language = (typeof languages)[number];

/** What each language calls itself. */
export const languageNames: Readonly<Record<Language, string>> = {
  en: 'English', ru: 'Русский', uk: 'Українська', de: 'Deutsch', fr: 'Français', es: 'Español', pt: 'Português', it: 'Italiano', pl: 'Polski',
  tr: 'Türkçe', zh: '中文', ar: 'العربية',
};

const kLoaders: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ texts: Texts }>>> = {
  ru: () => import('./texts-ru'),
  uk: () => import('./texts-uk'),
  de: () => import('./texts-de'),
  fr: () => import('./texts-fr'),
  es: () => import('./texts-es'),
  pt: () => import('./texts-pt'),
  it: () => import('./texts-it'),
  pl: () => import('./texts-pl'),
  tr: () => import('./texts-tr'),
  zh: () => import('./texts-zh'),
  ar: () => import('./texts-ar'),
};

const kSheetLoaders: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ texts: SheetTexts }>>> = {
  ru: () => import('./sheet-texts-ru'),
  uk: () => import('./sheet-texts-uk'),
  de: () => import('./sheet-texts-de'),
  fr: () => import('./sheet-texts-fr'),
  es: () => import('./sheet-texts-es'),
  pt: () => import('./sheet-texts-pt'),
  it: () => import('./sheet-texts-it'),
  pl: () => import('./sheet-texts-pl'),
  tr: () => import('./sheet-texts-tr'),
  zh: () => import('./sheet-texts-zh'),
  ar: () => import('./sheet-texts-ar'),
};

/** Every language but English is a file of its own, fetched when it is chosen. */
export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'en' ? textsEn : (await kLoaders[language]()).texts;
}

/** The words of sheets and menus, which come with the first of those that is opened. */
export async function loadSheetTexts(language: Language): Promise<SheetTexts> {
  return language === 'en' ? (await import('./sheet-texts-en')).sheetTextsEn : (await kSheetLoaders[language]()).texts;
}

const kRightToLeft = ['ar'] as const;

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return (kRightToLeft as readonly string[]).includes(language) ? 'rtl' : 'ltr';
}

export type Fill = Readonly<Record<string, string | number>>;

export interface Words<Key extends string = TextKey> {
  readonly language: Language;
  readonly locale: string; // the language as the reader's region writes numbers and dates
  text(key: Key, fill?: Fill): string;
  /** `stem` names four keys: stem_one, stem_few, stem_many, stem_other. `{value}` is the number. */
  plural(stem: 'metric_characters' | 'metric_tokens' | 'unseen', count: number): string;
  /** At most `digits` digits after the point. */
  number(value: number, digits?: number): string;
  fixed(value: number, digits: number): string;
  size(bytes: number): string;
  place(place: number, waitSeconds: number | null): string;
  duration(seconds: number): string;
  day(at: number): string;
  month(at: number): string;
  moment(at: number): string;
}

/** With those of sheets and menus. */
export type AllWords = Words<TextKey | SheetKey>;

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

const kUnits: Readonly<Record<string, readonly string[]>> = { ru: ['Б', 'кБ', 'МБ', 'ГБ', 'ТБ'], uk: ['Б', 'кБ', 'МБ', 'ГБ', 'ТБ'], fr: ['o', 'ko', 'Mo', 'Go', 'To'] };

function filled(template: string, fill: Fill): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(fill[name] ?? whole));
}

/** A word that has not come yet is empty. `preferred`: the browser's languages, which may name a region. */
export function makeWords(language: Language, texts: Texts & Partial<SheetTexts>, preferred: readonly string[] = []): AllWords {
  const locale = preferred.find((tag) => tag.toLowerCase().split('-', 1)[0] === language) ?? language;
  const plurals = new Intl.PluralRules(language);
  const number = (value: number, digits = 0): string =>
    value.toLocaleString(locale, { maximumFractionDigits: digits });
  const fixed = (value: number, digits: number): string =>
    value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const units = kUnits[language] ?? ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = (value: number, name: 'hour' | 'day'): string =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, maximumFractionDigits: 1 }).format(value);
  const duration = (seconds: number): string => {
    if (seconds >= 172_800) return unit(seconds / 86_400, 'day');
    if (seconds >= 7200) return unit(seconds / 3600, 'hour');
    return seconds < 90 ? filled(texts.metric_seconds, { value: number(Math.max(1, seconds)) }) : filled(texts.metric_minutes, { value: number(seconds / 60) });
  };
  return {
    language,
    locale,
    text: (key, fill = {}) => filled(texts[key] ?? '', fill),
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
    place(place, waitSeconds) {
      const where = place <= 1 ? texts.place_next : filled(texts.place_other, { place: number(place) });
      return waitSeconds === null ? where : `${where} · ${filled(texts.place_wait, { time: duration(waitSeconds) })}`;
    },
    duration,
    day: (at) => new Date(at).toLocaleDateString(locale, { day: 'numeric', month: 'short', year: 'numeric' }),
    moment: (at) => new Date(at).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' }),
    month: (at) => new Date(at).toLocaleDateString(locale, { month: 'long', year: 'numeric' }),
  };
}

export { type SheetTexts, type Texts, textsEn };
