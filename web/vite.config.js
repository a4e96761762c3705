import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { absoluteLinks, compress, earlyScript, mermaidFrame, oneFirstFile, smallestFonts, unusedMarkdown } from './build-plugins.mjs';

export default defineConfig({
  base: './', // parts of the page find each other wherever it is
  plugins: [svelte(), smallestFonts(), unusedMarkdown(), mermaidFrame(), earlyScript(), absoluteLinks(), compress()],
  resolve: {
    alias: {
      entities: fileURLToPath(new URL('src/markdown/entities.ts', import.meta.url)),
      'punycode.js': fileURLToPath(new URL('src/markdown/punycode.ts', import.meta.url)),
    },
  },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // data: URIs would need a wider Content-Security-Policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { manualChunks: oneFirstFile() } },
  },
  server: { fs: { allow: ['..'] }, proxy: { '/ui': process.env.SAMOVAR_URL ?? 'http://127.0.0.1:8000' } },
  test: { environment: 'jsdom', testTimeout: 60_000, include: ['src/**/*.test.ts'], server: { deps: { inline: ['markdown-it'] } } },
});
