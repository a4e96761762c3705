// The page as a whole: preferences, server and chats, and what follows from them together.
import type { Attachment } from '../domain/chat';
import { chooseModel, type Model, type Profile } from '../domain/model';
import type { Session } from '../domain/session';
import { type ChatSettings, combined, kDefaultLimits, kDefaultSettings, type Limits, type Settings } from '../domain/settings';
import { Chats } from './chats.svelte';
import { getSession } from '../transport/api';
import { place } from '../transport/place';
import { onLocked, onRenewed } from '../transport/request';
import { type Feed, followFeed } from './feed';
import { Preferences } from './preferences.svelte';
import { ServerView } from './server.svelte';
import { forgetValues } from './storage';

export class App {
  readonly preferences = new Preferences();
  readonly server = new ServerView();
  readonly chats = new Chats({
    askWith: () => ({
      model: this.modelName,
      compare: this.preferences.compare,
      settings: this.fixed ? {} : combined(this.profile?.settings ?? {}, this.preferences.settings),
      profile: this.preferences.profile,
    }),
    opened: () => this.server.opened,
    answered: () => void this.server.refreshModels(),
  });
  session = $state.raw<Session | null>(null); // null: not known yet
  locked = $state(false); // the server wants a login
  #feed: Feed | null = null;
  file = $state.raw<Attachment | null>(null); // being looked at
  readonly profile: Profile | null = $derived(
    this.server.config?.profiles.find((profile) => profile.id === (this.chats.open.info.profile || this.preferences.profile)) ?? null,
  );
  readonly modelName: string = $derived(
    chooseModel(
      this.server.models,
      [this.chats.open.info.model, this.profile?.model ?? '', this.preferences.model],
      this.server.config?.defaultModel ?? '',
    ),
  );
  readonly model: Model | null = $derived(this.server.models.find((model) => model.name === this.modelName) ?? null);
  readonly defaults: Settings = $derived(this.server.config?.defaults ?? kDefaultSettings);
  readonly limits: Limits = $derived(this.server.config?.limits ?? kDefaultLimits);
  /** The server's operator has fixed the settings. */
  readonly fixed: boolean = $derived(this.server.config?.features.settings === false);
  /** What the open chat's next answer is made with. */
  readonly settings: Settings = $derived.by(() => {
    const chat = this.chats.open;
    const base: ChatSettings = chat.stored.length > 0 || this.fixed ? {} : this.preferences.settings;
    return { ...this.defaults, ...combined(combined(this.profile?.settings ?? {}, base), chat.info.settings) } as Settings;
  });

  async start(): Promise<void> {
    onLocked(() => (this.locked = true));
    await this.server.open();
    void this.#askWho();
    if (!this.locked) void this.chats.refresh();
    let lost = false;
    this.#feed = followFeed({
      event: (event) => this.chats.heard(event),
      connected: (yes) => {
        this.server.connected = yes;
        if (!yes) lost = true;
        else if (lost) {
          lost = false;
          this.chats.reconnected();
          if (this.server.config === null) void this.server.open();
          else void this.server.refreshModels();
        }
      },
    });
    onRenewed(() => {
      if (this.locked || this.session?.user) return; // not forgotten: logged in meanwhile
      this.chats.notice = { code: 'renewed', message: '' };
      this.#feed?.again();
      void this.chats.refresh();
    });
  }

  async #askWho(): Promise<void> {
    this.session = (await getSession().catch(() => null)) ?? this.session;
  }

  /** Somebody has logged in. What was written stays, unless it was somebody else's. */
  async unlock(session: Session): Promise<void> {
    const before = this.session?.user?.id;
    if (before !== undefined && before !== session.user?.id) return this.leave(place('/'));
    this.session = session;
    this.locked = false;
    await this.server.open();
    this.#feed?.again();
    this.chats.reconnected();
    const last = this.chats.open.lastAnswer;
    if (last?.failure?.code === 'unauthorized' && !last.accepted) this.chats.open.retry();
  }

  /** Away from here, leaving nothing of a user's behind. */
  leave(address: string): void {
    forgetValues(['draft.', 'queue.', 'files.']);
    location.replace(address);
  }

  chooseModel(name: string): void {
    this.preferences.model = name;
    this.chats.open.change({ model: name });
  }
}
