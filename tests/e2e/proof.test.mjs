// docs/page-proof.md names tests that are there.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';

const kRoot = new URL('../../', import.meta.url);

describe('docs/page-proof.md', () => {
  it('names only tests that are there', async () => {
    const proof = await readFile(new URL('docs/page-proof.md', kRoot), 'utf8');
    const claims = [...proof.matchAll(/`([\w./-]+)` › ([^;|]+?)(?= *[;|])/g)].map(([, file, name]) => ({ file, name: name.trim() }));
    assert.ok(claims.length > 100, `${claims.length}`);
    const missing = [];
    for (const { file, name } of claims) {
      const text = await readFile(new URL(file.includes('/') ? file : `tests/e2e/${file}.test.mjs`, kRoot), 'utf8').catch(() => '');
      const begins = file.endsWith('.cc') ? text.includes(`, ${name}`) : ["'", '`'].some((quote) => text.includes(`(${quote}${name}`));
      if (!begins) missing.push(`${file} › ${name}`);
    }
    assert.deepEqual(missing, []);
  });
});
