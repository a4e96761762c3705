// Code languages: the names models write, what the bar calls them, and their highlight.js grammars, each in
// a file of its own that is fetched when it is first needed.
import type { LanguageFn } from 'highlight.js';

type Grammar = () => Promise<{ default: LanguageFn }>;

interface CodeLanguage {
  readonly label: string;
  readonly names: readonly string[]; // the first is highlight.js's own
  readonly grammar: Grammar;
}

const kLanguages: readonly CodeLanguage[] = [
  { label: 'Bash', names: ['bash', 'sh', 'shell', 'zsh', 'console', 'terminal'], grammar: () => import('highlight.js/lib/languages/bash') },
  { label: 'C', names: ['c', 'h'], grammar: () => import('highlight.js/lib/languages/c') },
  { label: 'C++', names: ['cpp', 'c++', 'cc', 'cxx', 'hpp', 'hh'], grammar: () => import('highlight.js/lib/languages/cpp') },
  { label: 'C#', names: ['csharp', 'c#', 'cs'], grammar: () => import('highlight.js/lib/languages/csharp') },
  { label: 'CMake', names: ['cmake'], grammar: () => import('highlight.js/lib/languages/cmake') },
  { label: 'CSS', names: ['css'], grammar: () => import('highlight.js/lib/languages/css') },
  { label: 'Dart', names: ['dart'], grammar: () => import('highlight.js/lib/languages/dart') },
  { label: 'Diff', names: ['diff', 'patch'], grammar: () => import('highlight.js/lib/languages/diff') },
  { label: 'Dockerfile', names: ['dockerfile', 'docker'], grammar: () => import('highlight.js/lib/languages/dockerfile') },
  { label: 'Elixir', names: ['elixir', 'ex', 'exs'], grammar: () => import('highlight.js/lib/languages/elixir') },
  { label: 'Go', names: ['go', 'golang'], grammar: () => import('highlight.js/lib/languages/go') },
  { label: 'GraphQL', names: ['graphql', 'gql'], grammar: () => import('highlight.js/lib/languages/graphql') },
  { label: 'Haskell', names: ['haskell', 'hs'], grammar: () => import('highlight.js/lib/languages/haskell') },
  { label: 'INI', names: ['ini', 'conf', 'properties'], grammar: () => import('highlight.js/lib/languages/ini') },
  { label: 'TOML', names: ['toml'], grammar: () => import('highlight.js/lib/languages/ini') },
  { label: 'Java', names: ['java'], grammar: () => import('highlight.js/lib/languages/java') },
  { label: 'JavaScript', names: ['javascript', 'js', 'jsx', 'mjs', 'cjs', 'node'], grammar: () => import('highlight.js/lib/languages/javascript') },
  { label: 'JSON', names: ['json', 'json5', 'jsonc', 'ndjson'], grammar: () => import('highlight.js/lib/languages/json') },
  { label: 'Kotlin', names: ['kotlin', 'kt', 'kts'], grammar: () => import('highlight.js/lib/languages/kotlin') },
  { label: 'LaTeX', names: ['latex', 'tex'], grammar: () => import('highlight.js/lib/languages/latex') },
  { label: 'Lua', names: ['lua'], grammar: () => import('highlight.js/lib/languages/lua') },
  { label: 'Makefile', names: ['makefile', 'make', 'mk'], grammar: () => import('highlight.js/lib/languages/makefile') },
  { label: 'Markdown', names: ['markdown', 'md'], grammar: () => import('highlight.js/lib/languages/markdown') },
  { label: 'MATLAB', names: ['matlab'], grammar: () => import('highlight.js/lib/languages/matlab') },
  { label: 'Nginx', names: ['nginx'], grammar: () => import('highlight.js/lib/languages/nginx') },
  { label: 'Objective-C', names: ['objectivec', 'objective-c', 'objc'], grammar: () => import('highlight.js/lib/languages/objectivec') },
  { label: 'Perl', names: ['perl', 'pl'], grammar: () => import('highlight.js/lib/languages/perl') },
  { label: 'PHP', names: ['php'], grammar: () => import('highlight.js/lib/languages/php') },
  { label: 'PowerShell', names: ['powershell', 'ps1', 'pwsh'], grammar: () => import('highlight.js/lib/languages/powershell') },
  { label: 'Python', names: ['python', 'py', 'python3', 'pycon'], grammar: () => import('highlight.js/lib/languages/python') },
  { label: 'R', names: ['r'], grammar: () => import('highlight.js/lib/languages/r') },
  { label: 'Ruby', names: ['ruby', 'rb'], grammar: () => import('highlight.js/lib/languages/ruby') },
  { label: 'Rust', names: ['rust', 'rs'], grammar: () => import('highlight.js/lib/languages/rust') },
  { label: 'Scala', names: ['scala'], grammar: () => import('highlight.js/lib/languages/scala') },
  { label: 'SCSS', names: ['scss', 'sass'], grammar: () => import('highlight.js/lib/languages/scss') },
  { label: 'SQL', names: ['sql', 'sqlite', 'mysql', 'postgresql', 'postgres'], grammar: () => import('highlight.js/lib/languages/sql') },
  { label: 'Swift', names: ['swift'], grammar: () => import('highlight.js/lib/languages/swift') },
  { label: 'TypeScript', names: ['typescript', 'ts', 'tsx'], grammar: () => import('highlight.js/lib/languages/typescript') },
  { label: 'HTML', names: ['html', 'htm', 'xhtml'], grammar: () => import('highlight.js/lib/languages/xml') },
  { label: 'Vue', names: ['vue', 'svelte'], grammar: () => import('highlight.js/lib/languages/xml') },
  { label: 'XML', names: ['xml', 'svg', 'plist', 'rss'], grammar: () => import('highlight.js/lib/languages/xml') },
  { label: 'Mermaid', names: ['mermaid'], grammar: () => import('highlight.js/lib/languages/plaintext') },
  { label: 'YAML', names: ['yaml', 'yml'], grammar: () => import('highlight.js/lib/languages/yaml') },
];

const kByName = new Map(kLanguages.flatMap((language) => language.names.map((name) => [name, language] as const)));

export function findLanguage(name: string): CodeLanguage | null {
  return kByName.get(name.toLowerCase()) ?? null;
}

/** `c++` → C++; a name that is not known is shown as it was written. */
export function languageLabel(name: string): string {
  return findLanguage(name)?.label ?? name;
}

const kExtensions: Readonly<Record<string, string>> = {
  Bash: 'sh', 'C++': 'cpp', 'C#': 'cs', Python: 'py', JavaScript: 'js', TypeScript: 'ts', Ruby: 'rb', Rust: 'rs', Markdown: 'md',
  Kotlin: 'kt', Perl: 'pl', Haskell: 'hs', YAML: 'yml', PowerShell: 'ps1', Elixir: 'ex', Mermaid: 'mmd', 'Objective-C': 'm',
};

/** What a file of code in language `name` ends with, without the dot. */
export function extensionOf(name: string): string {
  const known = kExtensions[languageLabel(name)];
  if (known !== undefined) return known;
  return /^[a-z0-9]{1,8}$/i.test(name) ? name.toLowerCase() : 'txt';
}
