// The user's own choices, kept in this browser: language, theme, model, settings of answers.
import { isLanguage, type Language, makeWords, pickLanguage, type Words } from '../domain/i18n';
import type { Settings } from '../domain/settings';
import { readValue, writeValue } from './storage';

export type Theme = 'system' | 'light' | 'dark';

function readTheme(): Theme {
  const value = readValue('theme');
  return value === 'light' || value === 'dark' ? value : 'system';
}

function readLanguage(): Language {
  const value = readValue('language');
  return isLanguage(value) ? value : pickLanguage(navigator.languages);
}

function readSettings(): Partial<Settings> {
  try {
    const value = JSON.parse(readValue('settings') ?? '{}') as Record<string, unknown>;
    return {
      ...(typeof value.temperature === 'number' && { temperature: value.temperature }),
      ...(typeof value.maxTokens === 'number' && { maxTokens: value.maxTokens }),
      ...(typeof value.systemPrompt === 'string' && { systemPrompt: value.systemPrompt }),
    };
  } catch {
    return {};
  }
}

export class Preferences {
  #language = $state<Language>(readLanguage());
  #theme = $state<Theme>(readTheme());
  #model = $state(readValue('model') ?? '');
  #settings = $state.raw<Partial<Settings>>(readSettings());
  readonly words: Words = $derived(makeWords(this.#language));

  get language(): Language {
    return this.#language;
  }
  set language(value: Language) {
    this.#language = value;
    writeValue('language', value);
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

  /** Only what the user changed; the rest comes from the server's defaults. */
  get settings(): Partial<Settings> {
    return this.#settings;
  }

  change(settings: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...settings };
    writeValue('settings', JSON.stringify(this.#settings));
  }

  resetSettings(): void {
    this.#settings = {};
    writeValue('settings', '{}');
  }
}
