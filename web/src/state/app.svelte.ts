// The page as a whole: preferences, server and chats, and what follows from them together.
import { chooseModel, type Model } from '../domain/model';
import { kDefaultLimits, kDefaultSettings, type Limits, type Settings } from '../domain/settings';
import { Chats } from './chats.svelte';
import { Preferences } from './preferences.svelte';
import { ServerView } from './server.svelte';
import { makeBrowserStorage } from './storage';

export class App {
  readonly preferences = new Preferences();
  readonly server = new ServerView();
  readonly modelName: string = $derived(
    chooseModel(this.server.models, this.preferences.model, this.server.config?.defaultModel ?? ''),
  );
  readonly model: Model | null = $derived(
    this.server.models.find((model) => model.name === this.modelName) ?? null,
  );
  readonly defaults: Settings = $derived(this.server.config?.defaults ?? kDefaultSettings);
  readonly settings: Settings = $derived({ ...this.defaults, ...this.preferences.settings });
  readonly limits: Limits = $derived(this.server.config?.limits ?? kDefaultLimits);
  readonly chats = new Chats(
    makeBrowserStorage(),
    () => ({ model: this.modelName, settings: this.settings }),
    () => void this.server.refreshModels(),
    () => this.server.opened,
  );
}
