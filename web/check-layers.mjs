// The page's layers: a folder may import from itself and from folders left of it in this list.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kRanks = { domain: 0, markdown: 0, transport: 1, state: 2, view: 3, '': 4 };
const kLongestFile = 600;
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), 'src');
const problems = [];

for (const name of readdirSync(root, { recursive: true })) {
  const file = String(name).split(path.sep).join('/');
  if (!/\.(ts|svelte)$/.test(file)) continue;
  const text = readFileSync(path.join(root, file), 'utf8');
  const lines = text.split('\n').length;
  if (lines > kLongestFile) problems.push(`${file}: ${lines} lines, the limit is ${kLongestFile}`);
  const folder = file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
  if (!(folder in kRanks)) problems.push(`${file}: folder "${folder}" has no rank in check-layers.mjs`);
  for (const [, target] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) {
    const resolved = path.posix.normalize(path.posix.join(path.posix.dirname(file), target));
    if (resolved.startsWith('../') && file.endsWith('.test.ts')) continue; // a test may read the server's sources
    const other = resolved.includes('/') ? resolved.slice(0, resolved.indexOf('/')) : '';
    const allowed = other === folder || kRanks[other] < kRanks[folder];
    if (!allowed) problems.push(`${file}: imports ${target} (${folder || 'root'} may not see ${other || 'root'})`);
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('layers: ok');
