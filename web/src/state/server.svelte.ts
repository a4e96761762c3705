// What the page knows about its server: configuration, installed models, whether the line to it is there; and
// models that are being fetched.
import type { Failure } from '../domain/chat';
import { num, record, str } from '../domain/json';
import type { Config, Model } from '../domain/model';
import { deleteModel, getConfig, getModels, pullModel } from '../transport/api';
import { readLines } from '../transport/lines';
import { failureFrom, isAbort } from '../transport/request';

/** A model on its way here. `failure` keeps what was fetched: starting again goes on there. */
export interface Pull {
  readonly model: string;
  readonly status: string;
  readonly total: number;
  readonly completed: number;
  readonly bytesPerSecond: number;
  readonly failure: string;
  readonly done: boolean;
}

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
      await this.#readPull(model, controller.signal);
      this.pull = { ...this.pull, done: true };
      await this.refreshModels();
    } catch (cause) {
      if (isAbort(cause) || controller.signal.aborted) return;
      const failure = failureFrom(cause);
      this.pull = { ...(this.pull as Pull), failure: failure.message || failure.code };
    }
  }

  async #readPull(model: string, signal: AbortSignal): Promise<void> {
    const begun = performance.now();
    const layers = new Map<string, { total: number; completed: number }>();
    let first = -1;
    for await (const lines of readLines(await pullModel(model, signal))) {
      for (const line of lines.map(record)) {
        if (typeof line.error === 'string') throw new Error(line.error);
        if (typeof line.digest === 'string') layers.set(line.digest, { total: num(line.total, 0), completed: num(line.completed, 0) });
        const sum = (key: 'total' | 'completed'): number => [...layers.values()].reduce((all, layer) => all + layer[key], 0);
        const completed = sum('completed');
        if (first < 0 && completed > 0) first = completed;
        const seconds = Math.max(0.2, (performance.now() - begun) / 1000);
        this.pull = { model, status: str(line.status), total: sum('total'), completed, bytesPerSecond: Math.max(0, completed - Math.max(0, first)) / seconds, failure: '', done: false };
      }
    }
  }
}
