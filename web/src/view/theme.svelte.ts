// Puts the theme on the document: `system` follows the operating system at once when that changes.
import type { Theme } from '../state/preferences.svelte';

const kGrounds = { light: '#fbf9f6', dark: '#191614' } as const;

function paint(theme: Theme, systemDark: boolean): void {
  const shown = theme === 'system' ? (systemDark ? 'dark' : 'light') : theme;
  document.documentElement.dataset.theme = shown;
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) meta.setAttribute('content', kGrounds[shown]);
}

export function followTheme(theme: () => Theme): void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  paint(theme(), query.matches);
  query.addEventListener('change', () => paint(theme(), query.matches));
  $effect.root(() => {
    $effect(() => paint(theme(), query.matches));
  });
}
