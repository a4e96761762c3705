import { describe, expect, it } from 'vitest';
import { makeAnswer, type Message } from './chat';
import { sightOf } from './sight';

function thread(length: number, unseen: { count: number; firstSeen: string } | null): Message[] {
  return Array.from({ length }, (_, index): Message => {
    const node = { id: `m${index}`, parent: `m${index - 1}`, seq: index, created: 0 };
    if (index % 2 === 0) return { ...node, role: 'user', text: '', edited: 0, attachments: [] };
    return { ...makeAnswer({ ...node, model: '' }), unseen: index === length - 1 ? unseen : null };
  });
}

describe('the sight of the model', () => {
  it('is whole where everything fits', () => {
    expect(sightOf(thread(4, null), null)).toBeNull();
    expect(sightOf([], null)).toBeNull();
  });

  it('begins where the server says', () => {
    expect(sightOf(thread(6, { count: 2, firstSeen: 'm2' }), null)).toEqual({ before: 'm2', unseen: 2, from: 0, to: 2, told: '' });
  });

  it('is widened by a summary, and again when more has left', () => {
    const summary = { until: 'm1', text: 'They said hello.' };
    expect(sightOf(thread(6, { count: 2, firstSeen: 'm2' }), summary)).toEqual({ before: 'm2', unseen: 0, from: 2, to: 2, told: 'They said hello.' });
    expect(sightOf(thread(8, { count: 4, firstSeen: 'm4' }), summary)).toEqual({ before: 'm4', unseen: 2, from: 2, to: 4, told: 'They said hello.' });
  });

  it('has nothing of a summary of another version', () => {
    expect(sightOf(thread(4, null), { until: 'elsewhere', text: 'x' })).toBeNull();
  });
});
