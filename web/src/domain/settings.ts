// What the user may set, its limits and its presets.

export interface Settings {
  readonly temperature: number;
  readonly max_tokens: number;
  readonly system_prompt: string;
  readonly top_p?: number | null;
  readonly top_k?: number | null;
  readonly min_p?: number | null;
  readonly repeat_penalty?: number | null;
  readonly context?: number | null;
  readonly seed?: number | null;
  readonly stop?: readonly string[] | null;
  readonly format?: unknown; // 'json', a JSON schema, or null
  readonly think?: boolean | null;
  readonly summary?: Summary | null;
}

/** What the model is told instead of the messages up to, and with, `until`. */
export interface Summary {
  readonly until: string; // a message's id
  readonly text: string;
}

/** Only what differs from the defaults. Null: back at its default. Names are those of the server's API. */
export type ChatSettings = { readonly [Key in keyof Settings]?: Settings[Key] | null };

export interface Range {
  readonly min: number;
  readonly max: number;
}

export interface Limits {
  readonly temperature: Range;
  readonly max_tokens: Range;
  readonly top_p: Range;
  readonly top_k: Range;
  readonly min_p: Range;
  readonly repeat_penalty: Range;
  readonly context: Range;
  readonly seed: Range;
  readonly stopCount: number;
  readonly messageBytes: number;
  readonly attachmentBytes: number;
}

export type NumberName = 'temperature' | 'max_tokens' | 'top_p' | 'top_k' | 'min_p' | 'repeat_penalty' | 'context' | 'seed';

export const kDefaultSettings: Settings = { temperature: 0.2, max_tokens: 1024, system_prompt: '' };

export const kDefaultLimits: Limits = {
  temperature: { min: 0, max: 2 },
  max_tokens: { min: 1, max: 8192 },
  top_p: { min: 0, max: 1 },
  top_k: { min: 0, max: 1000 },
  min_p: { min: 0, max: 1 },
  repeat_penalty: { min: 0, max: 2 },
  context: { min: 256, max: 131072 },
  seed: { min: 0, max: 4294967295 },
  stopCount: 8,
  messageBytes: 1048576,
  attachmentBytes: 20971520,
};

/** Values that the server uses where nothing is set; shown as placeholders. */
export const kUsual: Readonly<Partial<Record<NumberName, number>>> = { top_p: 0.9, top_k: 40, min_p: 0, repeat_penalty: 1 };

export const kWhole: ReadonlySet<NumberName> = new Set<NumberName>(['max_tokens', 'top_k', 'context', 'seed']);

/** The slider beside the composer covers the range in which answers stay factual; settings go further. */
export const kEverydayTemperatureMax = 0.3;

export const kPresets = [
  { id: 'preset_precise', temperature: 0 },
  { id: 'preset_balanced', temperature: 0.2 },
  { id: 'preset_lively', temperature: 0.3 },
] as const;

export type PresetId = (typeof kPresets)[number]['id'];

export function presetOf(temperature: number): PresetId | null {
  return kPresets.find((preset) => Math.abs(preset.temperature - temperature) < 1e-9)?.id ?? null;
}

/** Why `text` is no value of `name`: 'number', 'low', 'high', 'whole'; null where it is one. Empty means the default. */
export function problemOf(name: NumberName, text: string, limits: Limits): 'number' | 'low' | 'high' | 'whole' | null {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return null;
  const value = Number(trimmed);
  if (!Number.isFinite(value)) return 'number';
  if (kWhole.has(name) && !Number.isInteger(value)) return 'whole';
  if (value < limits[name].min) return 'low';
  return value > limits[name].max ? 'high' : null;
}

/** Any input becomes a value inside the limits; what is no number falls back to `fallback`. */
export function clampTemperature(value: number, limits: Limits, fallback: number): number {
  if (!Number.isFinite(value)) return fallback;
  return Math.round(Math.min(limits.temperature.max, Math.max(limits.temperature.min, value)) * 100) / 100;
}

/** `over` on top of `under`; members that are null are taken out. */
export function combined(under: ChatSettings, over: ChatSettings): ChatSettings {
  return Object.fromEntries(Object.entries({ ...under, ...over }).filter(([, value]) => value !== null && value !== undefined));
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
