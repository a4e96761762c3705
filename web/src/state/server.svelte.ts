// What the page knows about its server: configuration and installed models.
import type { Failure } from '../domain/chat';
import type { Config, Model } from '../domain/model';
import { getConfig, getModels, RequestError } from '../transport/api';

function failureFrom(cause: unknown): Failure {
  return cause instanceof RequestError ? cause.failure : { code: 'internal', message: String(cause) };
}

export class ServerView {
  #config = $state.raw<Config | null>(null);
  #models = $state.raw<readonly Model[]>([]);
  #failure = $state.raw<Failure | null>(null);
  #modelsFailure = $state.raw<Failure | null>(null);
  #opening = $state(false);
  #opened: Promise<void> | null = null;

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
      const models = this.refreshModels();
      this.#config = await getConfig();
      this.#failure = null;
      await models;
    } catch (cause) {
      this.#failure = failureFrom(cause);
    } finally {
      this.#opening = false;
    }
  }

  async refreshModels(): Promise<void> {
    try {
      this.#models = await getModels();
      this.#modelsFailure = null;
    } catch (cause) {
      this.#modelsFailure = failureFrom(cause);
    }
  }
}
