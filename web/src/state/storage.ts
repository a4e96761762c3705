// Small values that the browser keeps between reloads. A browser that refuses (private mode, full) costs only
// the keeping.
const kPrefix = 'samovar.';

function guarded<T>(fallback: T, work: () => T): T {
  try {
    return work();
  } catch {
    return fallback;
  }
}

export function readValue(name: string): string | null {
  return guarded<string | null>(null, () => localStorage.getItem(kPrefix + name));
}

/** An empty value takes the entry away. */
export function writeValue(name: string, value: string): void {
  guarded(undefined, () => (value === '' ? localStorage.removeItem(kPrefix + name) : localStorage.setItem(kPrefix + name, value)));
}

export function readJson(name: string): unknown {
  return guarded<unknown>(null, () => JSON.parse(readValue(name) ?? 'null'));
}

/** What belongs to somebody who leaves: everything whose name begins like one of these. */
export function forgetValues(beginnings: readonly string[]): void {
  guarded(undefined, () => {
    for (const name of Object.keys(localStorage)) if (beginnings.some((beginning) => name.startsWith(kPrefix + beginning))) localStorage.removeItem(name);
  });
}

export function newId(): string {
  // crypto.randomUUID exists only on https and localhost; this page is often opened by plain address.
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
