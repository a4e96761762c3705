// Vite plugins: Mermaid goes beside its frame as it is; of KaTeX's fonts only the smallest format is kept; the entry script blocks the first paint (so a chosen theme never flashes), and every
// compressible file of the build gets a .br and a .gz beside it for the server to send as they are.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const kCompressible = /\.(html|js|css|svg|json|webmanifest|txt)$/;
const kSmallestBytes = 512;

export function renderBlocking() {
  return {
    name: 'render-blocking-entry',
    transformIndexHtml: {
      order: 'post',
      handler: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
    },
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
