import { describe, expect, it } from 'vitest';
import { NdjsonParser } from './ndjson';

const kBytes = new TextEncoder().encode('{"t":"чай"}\n\n{"t":"🫖"}\r\n{"t":"last"}');

describe('NdjsonParser', () => {
  it('gives the same lines cut at every byte', () => {
    for (let cut = 0; cut <= kBytes.length; cut += 1) {
      const parser = new NdjsonParser();
      const lines = [...parser.push(kBytes.slice(0, cut)), ...parser.push(kBytes.slice(cut)), ...parser.finish()];
      expect(lines).toEqual([{ t: 'чай' }, { t: '🫖' }, { t: 'last' }]);
    }
  });

  it('refuses what is not JSON', () => {
    expect(() => new NdjsonParser().push(new TextEncoder().encode('<html>\n'))).toThrow(SyntaxError);
  });
});
