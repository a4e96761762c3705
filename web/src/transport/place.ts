// Where this server is: a proxy may show it below a path ("/chat").

const kManifest = '/manifest.webmanifest';

/** What stands before every path here, "" as a rule. The server writes it into the document's own links. */
function findPrefix(): string {
  const href = document.querySelector('link[rel=manifest]')?.getAttribute('href') ?? '';
  return href.endsWith(kManifest) ? href.slice(0, -kManifest.length) : '';
}

const prefix = findPrefix();

/** The path as the browser must ask for it. */
export function place(path: string): string {
  return prefix + path;
}
