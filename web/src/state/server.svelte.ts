// What the page knows about its server: configuration, installed models, whether the line to it is there; and
// models that are being fetched.
import type { Failure } from '../domain/chat';
import type { Config, Model } from '../domain/model';
import { deleteModel, getConfig, getModels } from '../transport/api';
import { failureFrom, isAbort } from '../transport/request';
import type { Pull } from './pull';

export class ServerView {
  #config = $state.raw<Config | null>(null);
  #models = $state.raw<readonly Model[]>([]);
  #failure = $state.raw<Failure | null>(null);
  #modelsKnown = $state(false);
  #modelsFailure = $state.raw<Failure | null>(null);
  #opening = $state(false);
  #opened: Promise<void> | null = null;
  #pulling: AbortController | null = null;
  pull = $state.raw<Pull | null>(null);
  connected = $state(true);

  get config(): Config | null {
    return this.#config;
  }
  get models(): readonly Model[] {
    return this.#models;
  }
  /** Why the configuration could not be read; null while it is being read and once it is there. */
  get failure(): Failure | null {
    return this.#failure;
  }
  /** The list has been read at least once. */
  get modelsKnown(): boolean {
    return this.#modelsKnown;
  }
  get modelsFailure(): Failure | null {
    return this.#modelsFailure;
  }
  get opening(): boolean {
    return this.#opening;
  }

  /** Ends when configuration and models have been asked for; null when nothing is being asked. */
  get opened(): Promise<void> | null {
    return this.#opening ? this.#opened : null;
  }

  open(): Promise<void> {
    this.#opened = this.#open();
    return this.#opened;
  }

  async #open(): Promise<void> {
    this.#opening = true;
    try {
      this.#config = await getConfig();
      this.#failure = null;
      await this.refreshModels();
    } catch (cause) {
      this.#failure = failureFrom(cause);
    } finally {
      this.#opening = false;
    }
  }

  async refreshModels(): Promise<void> {
    try {
      this.#models = await getModels();
      this.#modelsKnown = true;
      this.#modelsFailure = null;
    } catch (cause) {
      this.#modelsFailure = failureFrom(cause);
    }
  }

  /** Fails with RequestError. */
  async remove(model: string): Promise<void> {
    await deleteModel(model);
    await this.refreshModels();
  }

  cancelPull(): void {
    this.#pulling?.abort();
    this.pull = null;
  }

  async startPull(model: string): Promise<void> {
    this.#pulling?.abort();
    const controller = new AbortController();
    this.#pulling = controller;
    this.pull = { model, status: '', total: 0, completed: 0, bytesPerSecond: 0, failure: '', done: false };
    try {
      const { readPull } = await import('./pull');
      await readPull(model, controller.signal, (pull) => (this.pull = pull));
      this.pull = { ...this.pull, done: true };
      await this.refreshModels();
    } catch (cause) {
      if (isAbort(cause) || controller.signal.aborted) return;
      const failure = failureFrom(cause);
      this.pull = { ...(this.pull as Pull), failure: failure.message || failure.code };
    }
  }
}
