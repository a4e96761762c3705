import { mount } from 'svelte';
import { App } from './state/app.svelte';
import './view/tokens.css';
import './view/base.css';
import './view/markdown.css';
import Page from './view/Page.svelte';
import { followTheme } from './view/theme.svelte';

const app = new App();
followTheme(() => app.preferences.theme);
mount(Page, { target: document.getElementById('app') as HTMLElement, props: { app } });
void app.server.open();
