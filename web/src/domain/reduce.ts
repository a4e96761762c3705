// What the events of a run make of an answer, in one pure function.
import { type Answer, isComing } from './chat';
import type { StreamEvent } from './events';

const kMoving = { queuePlace: null, waitSeconds: null, loading: false, lost: false } as const;

/** Events after the end, and those that change nothing, give back the very same answer. */
export function reduce(answer: Answer, event: StreamEvent): Answer {
  if (!isComing(answer)) return answer; // a late line of a run that already ended
  switch (event.type) {
    case 'run-started': {
      const stored = event.answer ?? answer;
      const base = { ...answer, accepted: true, run: event.run, lost: false, model: event.model || answer.model };
      return { ...base, seq: stored.seq, parent: stored.parent, created: stored.created || answer.created, text: stored.text, thinking: stored.thinking };
    }
    case 'queue-place':
      return { ...answer, queuePlace: event.place, waitSeconds: event.waitSeconds, loading: false };
    case 'model-loading':
      return { ...answer, ...kMoving, loading: true };
    case 'context':
      return event.unseen > 0 ? { ...answer, unseen: { count: event.unseen, firstSeen: event.firstSeen } } : answer;
    case 'text-start':
      return { ...answer, ...kMoving, state: 'streaming' };
    case 'thought-delta':
      return { ...answer, ...kMoving, state: 'streaming', thinking: answer.thinking + event.text };
    case 'text-delta':
      return { ...answer, ...kMoving, state: 'streaming', text: answer.text + event.text };
    case 'connection':
      return answer.lost === event.lost ? answer : { ...answer, lost: event.lost };
    case 'stats-final':
      return { ...answer, ...kMoving, state: 'done', stats: event.stats, cutOff: event.cutOff, saved: event.saved };
    case 'run-stopped':
      return { ...answer, ...kMoving, state: 'stopped', stats: event.stats ?? answer.stats, saved: event.saved };
    case 'run-failed':
      return { ...answer, ...kMoving, state: 'failed', failure: event.failure };
  }
}
