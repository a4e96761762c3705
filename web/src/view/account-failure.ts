// What goes wrong around accounts, in a sentence for the place where it does.
import type { Failure } from '../domain/chat';
import type { AllWords } from '../domain/i18n';
import { secondsIn } from '../domain/session';
import type { SheetKey } from '../domain/sheet-texts-en';
import { noticeText } from './notice';

/** `known`: sentences of this place for some codes. */
export function accountProblem(failure: Failure, words: AllWords, known: Readonly<Record<string, SheetKey>>): string {
  const sentence = known[failure.code];
  if (sentence !== undefined) return words.text(sentence);
  if (failure.code === 'too-many-requests') {
    const seconds = secondsIn(failure.message);
    if (seconds > 0) return words.text('login_wait', { time: words.duration(seconds) });
  }
  return noticeText(failure, words);
}
