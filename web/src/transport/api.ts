// The page's server (docs/page-api.md). Every failure becomes a value with a code; nothing here throws
// except AbortError, when the caller itself gave up.
import type { Failure, HistoryTurn } from '../domain/chat';
import { isFinal, type StreamEvent, toStreamEvent } from '../domain/events';
import type { Config, Model } from '../domain/model';
import { kDefaultLimits, kDefaultSettings, type Settings } from '../domain/settings';
import { NdjsonParser } from './ndjson';

export interface Ask {
  readonly chat: string;
  readonly model: string;
  readonly settings: Settings;
  readonly history: readonly HistoryTurn[];
  readonly text: string | null; // null: answer the history's last question again
}

export class RequestError extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.code}: ${failure.message}`);
  }
}

const kUnreachable: Failure = { code: 'unreachable', message: '' };

type Json = Record<string, unknown>;

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function num(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}

function str(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}

async function failureOf(response: Response): Promise<Failure> {
  try {
    const error = record(record(await response.json()).error);
    if (typeof error.code === 'string') return { code: error.code, message: str(error.message) };
  } catch {
    // the body is not ours: a proxy's page, for instance
  }
  const code = [502, 503, 504].includes(response.status) ? 'unavailable' : 'not-ours';
  return { code, message: `HTTP ${response.status} ${response.statusText}`.trim() };
}

async function request(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, cache: 'no-store' });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new RequestError(kUnreachable);
  }
  if (!response.ok) throw new RequestError(await failureOf(response));
  return response;
}

async function getJson(path: string): Promise<Json> {
  const response = await request(path, { method: 'GET' });
  try {
    return record(await response.json());
  } catch {
    throw new RequestError({ code: 'not-ours', message: path });
  }
}

/** Fails with RequestError. */
export async function getConfig(): Promise<Config> {
  const body = await getJson('/ui/config');
  const defaults = record(body.defaults);
  const limits = record(body.limits);
  const temperature = record(limits.temperature);
  const maxTokens = record(limits.max_tokens);
  return {
    name: str(body.name, 'Samovar'),
    version: str(body.version),
    place: str(record(body.backend).place),
    defaultModel: str(body.default_model),
    defaults: {
      temperature: num(defaults.temperature, kDefaultSettings.temperature),
      maxTokens: num(defaults.max_tokens, kDefaultSettings.maxTokens),
      systemPrompt: str(defaults.system_prompt),
    },
    limits: {
      temperatureMin: num(temperature.min, kDefaultLimits.temperatureMin),
      temperatureMax: num(temperature.max, kDefaultLimits.temperatureMax),
      maxTokensMin: num(maxTokens.min, kDefaultLimits.maxTokensMin),
      maxTokensMax: num(maxTokens.max, kDefaultLimits.maxTokensMax),
      messageBytes: num(limits.message_bytes, kDefaultLimits.messageBytes),
    },
    welcome: record(body.welcome) as Record<string, string>,
  };
}

/** Fails with RequestError. */
export async function getModels(): Promise<Model[]> {
  const body = await getJson('/ui/models');
  const models = Array.isArray(body.models) ? body.models : [];
  return models.map(record).map((model) => ({
    name: str(model.name),
    sizeBytes: num(model.size_bytes, 0),
    parameterSize: str(model.parameter_size),
    quantization: str(model.quantization),
    family: str(model.family),
    contextLength: num(model.context_length, 0),
    loaded: model.loaded === true,
  }));
}

function openAnswer(ask: Ask, signal: AbortSignal): Promise<Response> {
  const body: Json = {
    model: ask.model,
    settings: {
      temperature: ask.settings.temperature,
      max_tokens: ask.settings.maxTokens,
      system_prompt: ask.settings.systemPrompt,
    },
    history: ask.history,
  };
  if (ask.text !== null) body.text = ask.text;
  const path = `/ui/chats/${encodeURIComponent(ask.chat)}/${ask.text === null ? 'retry' : 'messages'}`;
  const headers = { 'Content-Type': 'application/json' };
  return request(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/**
 * The events of one answer, ending in a final one whatever happens: a stream that breaks off ends in
 * `run-failed` with code `cut`. Aborting `signal` ends it silently.
 */
export async function* streamAnswer(ask: Ask, signal: AbortSignal): AsyncGenerator<StreamEvent[]> {
  const fail = (failure: Failure): StreamEvent[] => [{ type: 'run-failed', failure }];
  try {
    const response = await openAnswer(ask, signal);
    const reader = response.body?.getReader();
    const parser = new NdjsonParser();
    for (;;) {
      const piece = await reader?.read();
      const lines = piece?.value === undefined ? parser.finish() : parser.push(piece.value);
      const events = lines.map(toStreamEvent).filter((event) => event !== null);
      const end = events.findIndex(isFinal);
      if (end >= 0) return yield events.slice(0, end + 1);
      if (events.length > 0) yield events;
      if (piece === undefined || piece.done) return yield fail({ code: 'cut', message: '' });
    }
  } catch (cause) {
    if (signal.aborted) return;
    if (cause instanceof RequestError) yield fail(cause.failure);
    else if (cause instanceof SyntaxError) yield fail({ code: 'not-ours', message: cause.message });
    else yield fail({ code: 'cut', message: '' });
  }
}

/** Fails with RequestError. */
export async function stopAnswer(chat: string): Promise<void> {
  await request(`/ui/chats/${encodeURIComponent(chat)}/stop`, { method: 'POST' });
}

/** Fails with RequestError. */
export async function deleteChat(chat: string): Promise<void> {
  await request(`/ui/chats/${encodeURIComponent(chat)}`, { method: 'DELETE', keepalive: true });
}
