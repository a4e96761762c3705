// Vite plugins: Mermaid goes beside its frame as it is; of KaTeX's fonts only the smallest format is kept; a small
// script runs before the first paint (so a chosen theme never flashes), and every compressible file of the build
// gets a .br and a .gz beside it for the server to send as they are.
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { transformWithEsbuild } from 'vite';

const kCompressible = /\.(html|js|css|svg|json|webmanifest|txt)$/;
const kSmallestBytes = 512;

/** src/early.js, small and under a name of its own content, before everything else in the document. */
export function earlyScript() {
  let name = '';
  return {
    name: 'early-script',
    apply: 'build',
    async generateBundle() {
      const source = (await transformWithEsbuild(await readFile(new URL('src/early.js', import.meta.url), 'utf8'), 'early.js', { minify: true })).code;
      name = `assets/early-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
      this.emitFile({ type: 'asset', fileName: name, source });
    },
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<meta name="viewport"', `<script src="/${name}"></script>\n    <meta name="viewport"`),
    },
  };
}

/** The document's own links begin with "/": it is served at several depths. The server puts a path prefix before them. */
export function absoluteLinks() {
  return {
    name: 'absolute-links',
    apply: 'build',
    transformIndexHtml: { order: 'post', handler: (html) => html.replaceAll('="./', '="/') },
  };
}

async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries.map((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(full) : [full];
  });
  return (await Promise.all(nested)).flat();
}

async function compressFile(file) {
  const bytes = await readFile(file);
  if (bytes.length < kSmallestBytes) return;
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  await writeFile(`${file}.br`, brotli);
  await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

export function compress() {
  let outDir = 'dist';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      outDir = path.resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = (await filesUnder(outDir)).filter((file) => kCompressible.test(file));
      await Promise.all(files.map(compressFile));
    },
  };
}

/** The program of the Mermaid frame (public/frame), which is no part of the page's own scripts. */
export function mermaidFrame() {
  return {
    name: 'mermaid-frame',
    apply: 'build',
    async generateBundle() {
      const file = createRequire(import.meta.url).resolve('@mermaid-js/tiny/dist/mermaid.tiny.js');
      this.emitFile({ type: 'asset', fileName: 'frame/mermaid.tiny.js', source: await readFile(file) });
    },
  };
}

/**
 * For Rollup's manualChunks: all that the entry needs at once is one file. Every file more is a round trip and a
 * share of a slow processor before the page can be used.
 */
export function oneFirstFile() {
  const first = new Set();
  return (id, { getModuleIds, getModuleInfo }) => {
    if (first.size === 0) {
      const waiting = [...getModuleIds()].filter((each) => getModuleInfo(each)?.isEntry);
      for (let each = waiting.pop(); each !== undefined; each = waiting.pop()) {
        if (first.has(each)) continue;
        first.add(each);
        waiting.push(...(getModuleInfo(each)?.importedIds ?? []));
      }
    }
    return first.has(id) ? 'page' : undefined;
  };
}

/**
 * Rules of markdown-it that this page never uses: typographic replacements are off, and so is raw HTML (it stays
 * text), which these rules would check for themselves.
 */
export function unusedMarkdown() {
  const unused = /\/rules_(?:core\/(?:smartquotes|replacements)|(?:block|inline)\/html_(?:block|inline))\.mjs$/;
  return {
    name: 'unused-markdown',
    enforce: 'pre',
    load: (id) => (/\/markdown-it\//.test(id) && unused.test(id) ? 'export default () => false;' : null),
  };
}

export function smallestFonts() {
  return {
    name: 'smallest-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!/katex[^/]*\.css/.test(id)) return null;
      return code.replace(/,\s*url\([^)]*\.(?:woff|ttf)\)\s*format\(["'](?:woff|truetype)["']\)/g, '');
    },
  };
}
