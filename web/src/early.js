// Runs before the first paint, as long as the page itself is still on its way: the chosen theme, the direction of
// writing, and Enter in the field that is there already (index.html; src/main.ts takes both over).
(() => {
  const root = document.documentElement;
  const stored = (name) => {
    try {
      return localStorage.getItem(`samovar.${name}`);
    } catch {
      return null;
    }
  };
  const theme = stored('theme');
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.dataset.theme = theme === 'light' || theme === 'dark' ? theme : system;
  if (/^ar\b/.test(stored('language') ?? navigator.language)) root.dir = 'rtl';
  if (/\/(?:share|invite)\/[^/]+$/.test(location.pathname)) root.dataset.shared = '';
  addEventListener('keydown', (event) => {
    const inShell = event.target instanceof Element && event.target.closest('.shell') !== null;
    if (!inShell || event.key !== 'Enter' || event.shiftKey || event.isComposing || matchMedia('(hover: none) and (pointer: coarse)').matches) return;
    event.preventDefault();
    root.dataset.send = '';
  });
})();
