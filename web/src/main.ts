import { flushSync, mount } from 'svelte';
import { place } from './transport/place';
import { App } from './state/app.svelte';
import { Preferences } from './state/preferences.svelte';
import './view/tokens.css';
import './view/base.css';
import './view/markdown.css';
import Page from './view/Page.svelte';
import { followTheme } from './view/theme.svelte';

const target = document.getElementById('app') as HTMLElement;
const shared = /\/share\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];
const invited = /\/invite\/([A-Za-z0-9_-]+)$/.exec(location.pathname)?.[1];

// No await at the top: what is fetched later imports from this very file, and would wait for it for ever.
async function showShared(token: string): Promise<void> {
  const preferences = new Preferences();
  followTheme(() => preferences.theme);
  target.replaceChildren();
  const [{ default: SharedPage }] = await Promise.all([import('./view/SharedPage.svelte'), preferences.loadWords()]);
  mount(SharedPage, { target, props: { token, preferences } });
}

/** An invitation, or a link for a new password. */
async function showInvitation(token: string): Promise<void> {
  const preferences = new Preferences();
  followTheme(() => preferences.theme);
  const [{ default: DoorScreen }] = await Promise.all([import('./view/DoorScreen.svelte'), preferences.loadWords().then(() => preferences.loadSheetWords())]);
  target.replaceChildren();
  mount(DoorScreen, { target, props: { preferences, token, ondone: () => location.replace(place('/')) } });
}

async function showPage(): Promise<void> {
  const app = new App();
  followTheme(() => app.preferences.theme);
  void app.start();
  if (app.preferences.language !== 'en') await app.preferences.loadWords();
  const shell = target.querySelector('textarea');
  const typed = shell?.value ?? '';
  const caret = document.activeElement === shell ? (shell?.selectionEnd ?? 0) : -1;
  target.replaceChildren();
  mount(Page, { target, props: { app } });
  flushSync();
  takeOver(app, typed, caret);
}

/** What was typed, and perhaps sent, before the page was there. */
function takeOver(app: App, typed: string, caret: number): void {
  const chat = app.chats.open;
  if (typed !== '') {
    const before = chat.draft === '' ? '' : `${chat.draft}\n`;
    chat.draft = before + typed;
    flushSync();
    const field = document.querySelector<HTMLTextAreaElement>('#message');
    if (caret >= 0) field?.setSelectionRange(before.length + caret, before.length + caret);
  }
  if ('send' in document.documentElement.dataset) document.querySelector<HTMLFormElement>('form.box')?.requestSubmit();
  delete document.documentElement.dataset.send;
}

void (shared !== undefined ? showShared(shared) : invited !== undefined ? showInvitation(invited) : showPage());
