// The page's server (docs/page-api.md), call by call. All fail with RequestError.
import { type Attachment, type ChatInfo, type Feedback, makeChatInfo, type Message } from '../domain/chat';
import { type Json, list, num, record, str } from '../domain/json';
import { type Config, type Model, toConfig, toModels } from '../domain/model';
import { type Session, toSession } from '../domain/session';
import type { ChatSettings } from '../domain/settings';
import { toAttachment, toChatInfo, toMessage, toMessages } from '../domain/wire';
import { getJson, jsonInit, request, RequestError, sendJson } from './request';

const enc = encodeURIComponent;

export interface ChatPage {
  readonly chats: readonly ChatInfo[];
  readonly next: string | null;
  readonly folders: readonly string[];
  readonly tags: readonly string[];
  readonly total: number;
}

export interface Hit {
  readonly chat: string;
  readonly title: string;
  readonly message: string | null;
  readonly snippet: string;
  readonly marks: readonly (readonly [number, number])[];
}

export interface ThreadPage {
  readonly chat: ChatInfo;
  readonly messages: readonly Message[];
  readonly more: boolean;
}

export interface RunBody {
  readonly kind: 'message' | 'regenerate' | 'continue';
  readonly message: string | { readonly id: string; readonly content: string; readonly parent: string | null; readonly attachments: readonly string[] };
  readonly model?: string;
  readonly answer_id?: string;
  readonly settings?: ChatSettings;
  readonly beside?: boolean;
  readonly profile?: string;
}

/** A conversation, or a file of one, that was not brought in. */
export interface LeftOut {
  readonly title: string;
  readonly code: string; // empty, too-long, here, no-chat, no-file
  readonly file: string;
  readonly why: string; // in English
}

export interface ImportResult {
  readonly chats: number;
  readonly messages: number;
  readonly skipped: readonly LeftOut[];
}

export async function getConfig(): Promise<Config> {
  return toConfig(await getJson('/ui/config'));
}

/** Null: a server from before there were logins. */
export async function getSession(): Promise<Session | null> {
  try {
    return toSession(await getJson('/ui/session'));
  } catch (cause) {
    if (cause instanceof RequestError && cause.failure.code === 'not-found') return null;
    throw cause;
  }
}

export async function getModels(): Promise<Model[]> {
  return toModels(await getJson('/ui/models'));
}

export async function getChats(wish: { before?: string; folder?: string; tag?: string }): Promise<ChatPage> {
  const query = new URLSearchParams({ limit: '100' });
  for (const [key, value] of Object.entries(wish)) if (value) query.set(key, value);
  const body = await getJson(`/ui/chats?${query.toString()}`);
  return {
    chats: list(body.chats).map(toChatInfo).filter((chat) => chat !== null),
    next: typeof body.next === 'string' ? body.next : null,
    folders: list(body.folders).map(String),
    tags: list(body.tags).map(String),
    total: num(body.total, 0),
  };
}

export async function searchChats(words: string): Promise<Hit[]> {
  const body = await getJson(`/ui/search?limit=50&q=${enc(words)}`);
  return list(body.hits).map(record).map((hit) => ({
    chat: str(hit.chat),
    title: str(hit.title),
    message: typeof hit.message === 'string' ? hit.message : null,
    snippet: str(hit.snippet),
    marks: list(hit.marks).map((mark) => [num(list(mark)[0], 0), num(list(mark)[1], 0)] as const),
  }));
}

export async function getThread(id: string, before?: number): Promise<ThreadPage> {
  const body = await getJson(`/ui/chats/${enc(id)}?last=80${before === undefined ? '' : `&before=${before}`}`);
  return { chat: toChatInfo(body.chat) ?? makeChatInfo(id, 0), messages: toMessages(body.messages), more: body.more === true };
}

export async function patchChat(id: string, change: Json): Promise<ChatInfo | null> {
  return toChatInfo(await sendJson('PATCH', `/ui/chats/${enc(id)}`, change));
}

export async function deleteChat(id: string): Promise<void> {
  await request(`/ui/chats/${enc(id)}`, { method: 'DELETE' });
}

export async function restoreChat(id: string): Promise<ChatInfo | null> {
  return toChatInfo(await sendJson('POST', `/ui/chats/${enc(id)}/restore`, {}));
}

export async function deleteAllChats(): Promise<readonly string[]> {
  return list((await sendJson('POST', '/ui/delete-chats', { all: true })).deleted).map(String);
}

export async function importChats(text: string): Promise<ImportResult> {
  const response = await request('/ui/import', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: text });
  const body = record(await response.json());
  const skipped = list(body.skipped).map(record).map((entry) => ({ title: str(entry.title), code: str(entry.code), file: str(entry.file), why: str(entry.why) }));
  return { chats: num(body.chats, 0), messages: num(body.messages, 0), skipped };
}

export async function shareChat(id: string): Promise<string> {
  return str((await sendJson('POST', `/ui/chats/${enc(id)}/share`, {})).url);
}

export async function unshareChat(id: string): Promise<void> {
  await request(`/ui/chats/${enc(id)}/share`, { method: 'DELETE' });
}

export async function getShared(token: string): Promise<{ title: string; messages: Message[] }> {
  const body = await getJson(`/ui/shared/${enc(token)}`);
  return { title: str(record(body.chat).title), messages: toMessages(body.messages) };
}

/** The response streams the run's events from the first. Aborting does not stop the run. */
export function startRun(chat: string, body: RunBody, signal: AbortSignal): Promise<Response> {
  return request(`/ui/chats/${enc(chat)}/runs`, jsonInit('POST', body, signal));
}

/** The events behind the `after`-th, then those to come. */
export function joinRun(run: string, after: number, signal: AbortSignal): Promise<Response> {
  return request(`/ui/runs/${enc(run)}/events?after=${after}`, { signal });
}

export async function stopRuns(chat: string): Promise<void> {
  await sendJson('POST', `/ui/chats/${enc(chat)}/stop`, {});
}

export async function editMessage(chat: string, message: string, content: string): Promise<Message> {
  const changed = toMessage(await sendJson('PATCH', `/ui/chats/${enc(chat)}/messages/${enc(message)}`, { content, branch: true }));
  if (changed === null) throw new RequestError({ code: 'not-ours', message: 'PATCH message' });
  return changed;
}

/** The messages that are gone. */
export async function deleteTurn(chat: string, message: string): Promise<readonly string[]> {
  return list((await sendJson('DELETE', `/ui/chats/${enc(chat)}/messages/${enc(message)}?what=turn`, {})).deleted).map(String);
}

export async function rate(chat: string, message: string, feedback: Feedback | null): Promise<void> {
  const path = `/ui/chats/${enc(chat)}/messages/${enc(message)}/feedback`;
  await request(path, feedback === null ? { method: 'DELETE' } : jsonInit('PUT', feedback));
}

export async function attach(file: File, temporary: boolean): Promise<Attachment> {
  const response = await request(`/ui/attachments?name=${enc(file.name)}${temporary ? '&temporary=1' : ''}`, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file });
  const attachment = toAttachment(await response.json());
  if (attachment === null) throw new RequestError({ code: 'not-ours', message: '/ui/attachments' });
  return attachment;
}

/** What the model reads of a file. */
export async function getFileText(id: string): Promise<string> {
  return str((await getJson(`/ui/attachments/${enc(id)}`)).text);
}

export function getStatus(): Promise<Json> {
  return getJson('/ui/status');
}

export async function deleteModel(model: string): Promise<void> {
  await request('/api/delete', jsonInit('DELETE', { model }));
}

/** Lines of Ollama's pull; closing it cancels, asking again resumes. */
export function pullModel(model: string, signal: AbortSignal): Promise<Response> {
  return request('/api/pull', jsonInit('POST', { model }, signal));
}

export function openFeed(after: string, signal: AbortSignal): Promise<Response> {
  return request(`/ui/feed${after}`, { signal });
}
