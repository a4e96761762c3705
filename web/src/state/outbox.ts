// What was written in one conversation and is not on its server yet. It outlives the page: each message has its id
// from the moment it was sent, so that a second attempt never makes it a second message.
import type { Attachment } from '../domain/chat';
import { list, record, str } from '../domain/json';
import { toAttachment } from '../domain/wire';
import { readJson, writeValue } from './storage';

export interface Unsent {
  readonly id: string;
  readonly text: string;
  readonly attachments: readonly Attachment[];
}

function toAttachments(value: unknown): Attachment[] {
  return list(value).map(toAttachment).filter((file) => file !== null);
}

function write(name: string, values: readonly unknown[]): void {
  writeValue(name, values.length === 0 ? '' : JSON.stringify(values));
}

export function readUnsent(chat: string): Unsent[] {
  return list(readJson(`queue.${chat}`))
    .map(record)
    .map((entry) => ({ id: str(entry.id), text: str(entry.text), attachments: toAttachments(entry.attachments) }))
    .filter((entry) => entry.id !== '');
}

export function writeUnsent(chat: string, messages: readonly Unsent[]): void {
  write(`queue.${chat}`, messages.map(({ id, text, attachments }) => ({ id, text, attachments })));
}

/** Files beside the draft. */
export function readDraftFiles(chat: string): Attachment[] {
  return toAttachments(readJson(`files.${chat}`));
}

export function writeDraftFiles(chat: string, files: readonly Attachment[]): void {
  write(`files.${chat}`, files);
}
