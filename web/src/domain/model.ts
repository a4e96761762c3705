// An installed model as the picker shows it, and the server's configuration.
import { isRecord, list, num, record, str } from './json';
import { type Look, toLook } from './look';
import { type ChatSettings, kDefaultLimits, kDefaultSettings, type Limits, type Range, type Settings } from './settings';

export interface Model {
  readonly name: string;
  readonly sizeBytes: number;
  readonly parameterSize: string;
  readonly quantization: string;
  readonly family: string;
  readonly contextLength: number;
  readonly loaded: boolean;
}

/** A text that may be given per language. */
export type LocalText = string | Readonly<Record<string, string>>;

export interface Profile {
  readonly id: string;
  readonly name: LocalText;
  readonly icon: string;
  readonly description: LocalText;
  readonly model: string;
  readonly settings: ChatSettings;
  readonly starters: readonly string[];
}

export interface Starter {
  readonly id: string;
  readonly label: LocalText;
  readonly category: LocalText;
  readonly text: LocalText;
}

export interface Command {
  readonly name: string;
  readonly description: LocalText;
  readonly text: LocalText;
}

export interface Link {
  readonly label: LocalText;
  readonly url: string;
}

export interface Config {
  readonly name: string;
  readonly version: string;
  readonly place: string; // where the models run; empty: in this server
  readonly defaultModel: string;
  readonly defaults: Settings;
  readonly limits: Limits;
  readonly welcome: Readonly<Record<string, string>>; // language → markdown
  readonly stored: boolean; // conversations are kept on disk
  readonly notice: string;
  readonly features: { readonly share: boolean; readonly attachments: readonly string[]; readonly pull: boolean; readonly deleteModels: boolean; readonly settings: boolean; readonly feedback: boolean };
  readonly look: Look;
  readonly profiles: readonly Profile[];
  readonly starters: readonly Starter[];
  readonly links: readonly Link[];
  readonly commands: readonly Command[];
}

export function localText(text: LocalText, language: string): string {
  if (typeof text === 'string') return text;
  return text[language] ?? text.en ?? Object.values(text)[0] ?? '';
}

function toLocal(value: unknown): LocalText {
  return isRecord(value) ? (value as Record<string, string>) : str(value);
}

function toRange(value: unknown, fallback: Range): Range {
  const range = record(value);
  return { min: num(range.min, fallback.min), max: num(range.max, fallback.max) };
}

function toLimits(value: unknown): Limits {
  const limits = record(value);
  const fall = kDefaultLimits;
  return {
    temperature: toRange(limits.temperature, fall.temperature),
    max_tokens: toRange(limits.max_tokens, fall.max_tokens),
    top_p: toRange(limits.top_p, fall.top_p),
    top_k: toRange(limits.top_k, fall.top_k),
    min_p: toRange(limits.min_p, fall.min_p),
    repeat_penalty: toRange(limits.repeat_penalty, fall.repeat_penalty),
    context: toRange(limits.context, fall.context),
    seed: toRange(limits.seed, fall.seed),
    stopCount: num(record(limits.stop).count, fall.stopCount),
    messageBytes: num(limits.message_bytes, fall.messageBytes),
    attachmentBytes: num(limits.attachment_bytes, fall.attachmentBytes),
  };
}

function toProfile(value: unknown): Profile {
  const profile = record(value);
  return {
    id: str(profile.id),
    name: toLocal(profile.name),
    icon: str(profile.icon),
    description: toLocal(profile.description),
    model: str(profile.model),
    settings: record(profile.settings) as ChatSettings,
    starters: list(profile.starters).map(String),
  };
}

export function toConfig(value: unknown): Config {
  const body = record(value);
  const defaults = record(body.defaults);
  const features = record(body.features);
  const history = record(body.history);
  return {
    name: str(body.name, 'Samovar'),
    version: str(body.version),
    place: record(body.backend).kind === 'engine' ? '' : str(record(body.backend).place),
    defaultModel: str(body.default_model),
    defaults: { ...kDefaultSettings, ...defaults } as Settings,
    limits: toLimits(body.limits),
    welcome: record(body.welcome) as Record<string, string>,
    stored: history.stored !== false,
    notice: str(history.notice),
    features: {
      share: features.share === true,
      attachments: list(features.attachments).map(String),
      pull: features.pull === true,
      deleteModels: features.delete_models === true,
      settings: features.settings !== false,
      feedback: features.feedback !== false,
    },
    look: toLook(body.look),
    profiles: list(body.profiles).map(toProfile),
    starters: list(body.starters).map(record).map((entry) => ({ id: str(entry.id), label: toLocal(entry.label), category: toLocal(entry.category), text: toLocal(entry.text) })),
    links: list(body.links).map(record).map((entry) => ({ label: toLocal(entry.label), url: str(entry.url) })),
    commands: list(body.commands).map(record).map((entry) => ({ name: str(entry.name), description: toLocal(entry.description), text: toLocal(entry.text) })),
  };
}

export function toModels(value: unknown): Model[] {
  return list(record(value).models).map(record).map((model) => ({
    name: str(model.name),
    sizeBytes: num(model.size_bytes, 0),
    parameterSize: str(model.parameter_size),
    quantization: str(model.quantization),
    family: str(model.family),
    contextLength: num(model.context_length, 0),
    loaded: model.loaded === true,
  }));
}

/** The model to start with: the first wanted one that is installed, else the server's default, else the first. */
export function chooseModel(models: readonly Model[], wanted: readonly string[], fallback: string): string {
  const names = models.map((model) => model.name);
  const found = [...wanted, fallback].find((name) => names.includes(name));
  return found ?? names[0] ?? (fallback || (wanted[0] ?? ''));
}
