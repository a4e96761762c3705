// An installed model as the picker shows it, and the server's configuration.
import type { Limits, Settings } from './settings';

export interface Model {
  readonly name: string;
  readonly sizeBytes: number;
  readonly parameterSize: string;
  readonly quantization: string;
  readonly family: string;
  readonly contextLength: number;
  readonly loaded: boolean;
}

export interface Config {
  readonly name: string;
  readonly version: string;
  readonly place: string; // where the models run, in words
  readonly defaultModel: string;
  readonly defaults: Settings;
  readonly limits: Limits;
  readonly welcome: Readonly<Record<string, string>>; // language → markdown
}

/** The model to start with: the wanted one where it is installed, else the server's default, else the first. */
export function chooseModel(models: readonly Model[], wanted: string, fallback: string): string {
  const names = models.map((model) => model.name);
  if (names.includes(wanted)) return wanted;
  if (names.includes(fallback)) return fallback;
  return names[0] ?? (fallback || wanted);
}
