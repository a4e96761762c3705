// In the place of punycode.js, which markdown-it brings for the names of hosts: every browser can do that itself,
// and a name in its plain letters is the one that cannot deceive.
export function toASCII(host: string): string {
  try {
    return new URL(`http://${host}`).hostname || host;
  } catch {
    return host;
  }
}

export function toUnicode(host: string): string {
  return host;
}

export default { toASCII, toUnicode };
