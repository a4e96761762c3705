// Notices of the page in words: something that failed outside an answer, or something done.
import { failureView } from '../domain/failure';
import type { Words } from '../domain/i18n';
import type { Notice } from '../state/chats.svelte';

export function noticeText(notice: Notice, words: Words): string {
  if (notice.code === 'shared') return words.text('chat_shared', { url: notice.message });
  if (notice.code === 'renewed') return words.text('session_new');
  if (notice.code === 'said') return notice.message;
  const view = failureView(notice);
  return view.showDetail && notice.message !== '' ? `${words.text(view.title)} ${notice.message}` : words.text(view.title);
}
