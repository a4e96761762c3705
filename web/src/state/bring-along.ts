// A server that has forgotten this browser (another one, or its cookies are gone) gets what this page still has: the
// open conversation, and the files that were attached in this page.
import type { ChatInfo, Message } from '../domain/chat';
import { exportOf } from '../domain/export';
import { attach, getFileText, getThread, importChats, type RunBody } from '../transport/api';
import { failureFrom } from '../transport/request';
import { attachedHere } from './attached';

export interface Brought {
  readonly info: ChatInfo;
  readonly known: boolean; // the server had this chat
  readonly messages: readonly Message[];
  readonly body: RunBody; // what it did not find
}

async function isGone(asked: Promise<unknown>): Promise<boolean> {
  return asked.then(
    () => false,
    (cause: unknown) => failureFrom(cause).code === 'not-found',
  );
}

/** Old id → the text of a file that is sent again; files that this page never had in its hands have none. */
async function textsOf(messages: readonly Message[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const message of messages) {
    for (const { id } of message.role === 'user' ? message.attachments : []) {
      const file = attachedHere(id);
      const fresh = file && (await attach(file, false).catch(() => null));
      if (fresh) texts.set(id, await getFileText(fresh.id));
    }
  }
  return texts;
}

/** The files of the message itself, attached anew where they are gone. Null: one cannot be. */
async function filesAgain(ids: readonly string[], temporary: boolean): Promise<string[] | null> {
  const fresh: string[] = [];
  for (const id of ids) {
    if (!(await isGone(getFileText(id)))) fresh.push(id);
    else {
      const file = attachedHere(id);
      if (file === undefined) return null;
      fresh.push((await attach(file, temporary)).id);
    }
  }
  return fresh;
}

/** What to send now; null where it would fail again. */
export async function bringAlong({ info, known, messages, body }: Brought): Promise<RunBody | null> {
  const gone = known && !info.temporary && (await isGone(getThread(info.id)));
  if (gone) await importChats(exportOf(info, messages, await textsOf(messages)));
  if (typeof body.message === 'string' || body.message.attachments.length === 0) return gone ? body : null;
  const attachments = await filesAgain(body.message.attachments, info.temporary);
  if (attachments === null) return null;
  const same = attachments.every((id, at) => id === (body.message as { attachments: readonly string[] }).attachments[at]);
  return same && !gone ? null : { ...body, message: { ...body.message, attachments } };
}
