// The user's own choices, kept in this browser: language, theme, model, settings of answers.
import { type AllWords, isLanguage, type Language, loadSheetTexts, loadTexts, makeWords, pickLanguage, type SheetTexts, type Texts, textsEn, type Words } from '../domain/i18n';
import { record } from '../domain/json';
import { type ChatSettings, combined } from '../domain/settings';
import { readJson, readValue, writeValue } from './storage';

export type Theme = 'system' | 'light' | 'dark';

function readTheme(): Theme {
  const value = readValue('theme');
  return value === 'light' || value === 'dark' ? value : 'system';
}

function readLanguage(): Language {
  const value = readValue('language');
  return isLanguage(value) ? value : pickLanguage(navigator.languages);
}

function readSettings(): ChatSettings {
  return record(readJson('defaults')) as ChatSettings;
}

export class Preferences {
  #language = $state<Language>(readLanguage());
  #theme = $state<Theme>(readTheme());
  #model = $state(readValue('model') ?? '');
  #settings = $state.raw<ChatSettings>(readSettings());
  #texts = $state.raw<Texts>(textsEn);
  #shown = $state<Language>('en'); // the language whose words are here
  #sheetTexts = $state.raw<SheetTexts | null>(null); // of the same language
  /** For what is fetched when it is opened, after loadSheetWords(). */
  readonly allWords: AllWords = $derived(makeWords(this.#shown, { ...this.#texts, ...this.#sheetTexts }, navigator.languages));
  readonly words: Words = $derived(this.allWords);
  compare = $state('');
  profile = $state('');

  get language(): Language {
    return this.#language;
  }
  set language(value: Language) {
    this.#language = value;
    writeValue('language', value);
    void this.loadWords();
  }

  /** Fetches the words of the chosen language; without them the page stays as it is. */
  async loadWords(): Promise<void> {
    const wanted = this.#language;
    try {
      const texts = await loadTexts(wanted);
      const sheetTexts = this.#sheetTexts && (await loadSheetTexts(wanted));
      if (wanted !== this.#language) return;
      this.#texts = texts;
      this.#sheetTexts = sheetTexts;
      this.#shown = wanted;
    } catch {
      // offline: the words that are here stay
    }
  }

  /** Fails where they cannot be fetched. */
  async loadSheetWords(): Promise<void> {
    if (this.#sheetTexts !== null) return;
    const wanted = this.#shown;
    const texts = await loadSheetTexts(wanted);
    if (wanted === this.#shown) this.#sheetTexts = texts;
    else await this.loadSheetWords();
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(value: Theme) {
    this.#theme = value;
    writeValue('theme', value);
  }

  /** The model last chosen; it may be gone by now. */
  get model(): string {
    return this.#model;
  }
  set model(value: string) {
    this.#model = value;
    writeValue('model', value);
  }

  /** Of new chats: only what the user changed; the rest comes from the server's defaults. */
  get settings(): ChatSettings {
    return this.#settings;
  }

  change(settings: ChatSettings): void {
    this.#settings = combined(this.#settings, settings);
    writeValue('defaults', JSON.stringify(this.#settings));
  }

  resetSettings(): void {
    this.#settings = {};
    writeValue('defaults', '');
  }
}
