// One request to the page's server. Every failure becomes a value with a code; nothing here throws anything
// else, except AbortError, when the caller itself gave up.
import { place } from './place';
import type { Failure } from '../domain/chat';
import { type Json, record, str } from '../domain/json';

export class RequestError extends Error {
  constructor(readonly failure: Failure) {
    super(`${failure.code}: ${failure.message}`);
  }
}

export function failureFrom(cause: unknown): Failure {
  return cause instanceof RequestError ? cause.failure : { code: 'internal', message: String(cause) };
}

export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}

const kCodes: Readonly<Record<number, string>> = { 404: 'not-found', 413: 'too-large', 503: 'busy' };

async function failureOf(response: Response): Promise<Failure> {
  try {
    const error = record(await response.json()).error;
    if (typeof error === 'string') return { code: kCodes[response.status] ?? 'internal', message: error }; // Ollama's shape
    if (typeof record(error).code === 'string') return { code: str(record(error).code), message: str(record(error).message) };
  } catch {
    // the body is not ours: a proxy's page, for instance
  }
  const code = [502, 503, 504].includes(response.status) ? 'unavailable' : 'not-ours';
  return { code, message: `HTTP ${response.status} ${response.statusText}`.trim() };
}

async function attempt(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(place(path), { ...init, cache: 'no-store' });
  } catch (cause) {
    if (isAbort(cause)) throw cause;
    throw new RequestError({ code: 'unreachable', message: '' });
  }
}

const kDoors = /^\/ui\/(?:session|login|logout|setup|invites\/|password$)/; // these are asked by who is not in
let known = false; // the server has given this browser an identity since the page was opened
let renewal: Promise<Response> | null = null;
let renewed: () => void = () => undefined;

/** Calls `listener` whenever the server has forgotten this browser and took it as a new one. */
export function onRenewed(listener: () => void): void {
  renewed = listener;
}

let locked: () => void = () => undefined;

/** Calls `listener` whenever the server wants a login. */
export function onLocked(listener: () => void): void {
  locked = listener;
}

/** A browser without its cookie (a new server, cookies cleared) gets one from the configuration, then asks again. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const wasKnown = known;
  let response = await attempt(path, init);
  if (path === '/ui/config') {
    known ||= response.ok;
    if (response.status === 401) locked();
  } else if (response.status === 401 && path.startsWith('/ui/') && !kDoors.test(path)) {
    renewal ??= attempt('/ui/config', {}).finally(() => (renewal = null));
    if ((await renewal).status === 401) locked();
    else {
      response = await attempt(path, init);
      if (wasKnown && response.status !== 401) renewed();
    }
  }
  if (!response.ok) throw new RequestError(await failureOf(response));
  return response;
}

export async function getJson(path: string): Promise<Json> {
  const response = await request(path);
  try {
    return record(await response.json());
  } catch {
    throw new RequestError({ code: 'not-ours', message: path });
  }
}

export function jsonInit(method: string, body: unknown, signal?: AbortSignal): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), ...(signal && { signal }) };
}

export async function sendJson(method: string, path: string, body: unknown): Promise<Json> {
  const response = await request(path, jsonInit(method, body));
  if (response.status === 204) return {};
  try {
    return record(await response.json());
  } catch {
    throw new RequestError({ code: 'not-ours', message: path });
  }
}
