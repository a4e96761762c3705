import { mount } from 'svelte';
import { App } from './state/app.svelte';
import { Preferences } from './state/preferences.svelte';
import './view/tokens.css';
import './view/base.css';
import './view/markdown.css';
import Page from './view/Page.svelte';
import { followTheme } from './view/theme.svelte';

const target = document.getElementById('app') as HTMLElement;
const shared = /^\/share\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];

if (shared !== undefined) {
  const preferences = new Preferences();
  followTheme(() => preferences.theme);
  const [{ default: SharedPage }] = await Promise.all([import('./view/SharedPage.svelte'), preferences.loadWords()]);
  mount(SharedPage, { target, props: { token: shared, preferences } });
} else {
  const app = new App();
  followTheme(() => app.preferences.theme);
  void app.start();
  await app.preferences.loadWords();
  mount(Page, { target, props: { app } });
}
