// What the user may set, its limits and its presets.

export interface Settings {
  readonly temperature: number;
  readonly maxTokens: number;
  readonly systemPrompt: string;
}

export interface Limits {
  readonly temperatureMin: number;
  readonly temperatureMax: number;
  readonly maxTokensMin: number;
  readonly maxTokensMax: number;
  readonly messageBytes: number;
}

export const kDefaultSettings: Settings = { temperature: 0.2, maxTokens: 1024, systemPrompt: '' };

export const kDefaultLimits: Limits = {
  temperatureMin: 0,
  temperatureMax: 2,
  maxTokensMin: 1,
  maxTokensMax: 8192,
  messageBytes: 1048576,
};

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

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Any input becomes a value inside the limits; what is no number falls back to `fallback`. */
export function clampTemperature(value: number, limits: Limits, fallback: number): number {
  if (!Number.isFinite(value)) return fallback;
  return Math.round(clamp(value, limits.temperatureMin, limits.temperatureMax) * 100) / 100;
}

export function clampMaxTokens(value: number, limits: Limits, fallback: number): number {
  if (!Number.isFinite(value)) return fallback;
  return Math.round(clamp(value, limits.maxTokensMin, limits.maxTokensMax));
}

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
