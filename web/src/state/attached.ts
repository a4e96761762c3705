// Files that were attached in this page: as long as it is open they can be sent again.
import type { Attachment } from '../domain/chat';
import { attach } from '../transport/api';

const kept = new Map<string, File>();

export async function attachFile(file: File, temporary: boolean): Promise<Attachment> {
  const attachment = await attach(file, temporary);
  kept.set(attachment.id, file);
  return attachment;
}

export function attachedHere(id: string): File | undefined {
  return kept.get(id);
}
