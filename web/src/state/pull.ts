// A model on its way to the server, line by line of Ollama's own stream.
import { num, record, str } from '../domain/json';
import { pullModel } from '../transport/api';
import { readLines } from '../transport/lines';

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

/** Ends when the model is there; fails with what the server says, or AbortError. */
export async function readPull(model: string, signal: AbortSignal, show: (pull: Pull) => void): Promise<void> {
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
      show({ model, status: str(line.status), total: sum('total'), completed, bytesPerSecond: Math.max(0, completed - Math.max(0, first)) / seconds, failure: '', done: false });
    }
  }
}
