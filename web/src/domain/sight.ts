// Where the model's sight begins in the conversation that is shown: what no longer fits its context, and what it
// is told of that in a summary. Pure.
import type { Message } from './chat';
import type { Summary } from './settings';

export interface Sight {
  readonly before: string; // id of the message above which the line stands
  readonly unseen: number; // messages above it that the model knows nothing of
  readonly from: number; // index of the first of these that is here
  readonly to: number; // index behind the last
  readonly told: string; // the summary of what is above `from`; empty: none
}

/** Null: the model sees everything. */
export function sightOf(shown: readonly Message[], summary: Summary | null): Sight | null {
  const answer = shown.findLast((message) => message.role === 'assistant');
  const unseen = answer?.role === 'assistant' ? answer.unseen : null;
  const from = summary === null ? 0 : shown.findIndex((message) => message.id === summary.until) + 1;
  const told = from > 0 && summary !== null ? summary.text : '';
  const to = unseen === null ? -1 : shown.findIndex((message) => message.id === unseen.firstSeen);
  if (unseen !== null && to > from) return { before: unseen.firstSeen, unseen: unseen.count - from, from, to, told };
  const next = shown[from];
  return told !== '' && next !== undefined ? { before: next.id, unseen: 0, from, to: from, told } : null;
}
