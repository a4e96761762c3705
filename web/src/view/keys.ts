// The keyboard map: one table for the keys themselves and for the help sheet.
import type { SheetKey } from '../domain/sheet-texts-en';
import type { TextKey } from '../domain/texts-en';

export type Shortcut = 'new' | 'search' | 'stop' | 'edit' | 'copy' | 'regenerate' | 'focus' | 'sidebar' | 'settings' | 'help';

interface Entry {
  readonly keys: readonly string[];
  readonly what: TextKey | SheetKey;
  readonly shortcut: Shortcut | null; // null: the field's own
}

export const keyMap: readonly Entry[] = [
  { keys: ['Enter'], what: 'send', shortcut: null },
  { keys: ['Shift', 'Enter'], what: 'key_newline', shortcut: null },
  { keys: ['Esc'], what: 'key_stop', shortcut: 'stop' },
  { keys: ['↑'], what: 'key_edit', shortcut: 'edit' },
  { keys: ['Ctrl', 'Shift', 'O'], what: 'new_chat', shortcut: 'new' },
  { keys: ['Ctrl', 'K'], what: 'search_chats', shortcut: 'search' },
  { keys: ['Ctrl', 'B'], what: 'key_sidebar', shortcut: 'sidebar' },
  { keys: ['Ctrl', 'Shift', 'Y'], what: 'key_copy', shortcut: 'copy' },
  { keys: ['Ctrl', 'Shift', 'E'], what: 'regenerate', shortcut: 'regenerate' },
  { keys: ['Shift', 'Esc'], what: 'key_focus', shortcut: 'focus' },
  { keys: ['Ctrl', ','], what: 'settings', shortcut: 'settings' },
  { keys: ['Ctrl', '/'], what: 'key_help', shortcut: 'help' },
];

const kPlain: Readonly<Record<string, Shortcut>> = { KeyK: 'search', KeyB: 'sidebar', Comma: 'settings', Slash: 'help' };
const kShifted: Readonly<Record<string, Shortcut>> = { KeyO: 'new', KeyY: 'copy', KeyE: 'regenerate' };

export function shortcutOf(event: KeyboardEvent): Shortcut | null {
  if (event.altKey || event.isComposing) return null;
  if (event.key === 'Escape') return event.shiftKey ? 'focus' : 'stop';
  if (event.ctrlKey || event.metaKey) return (event.shiftKey ? kShifted : kPlain)[event.code] ?? null;
  const field = event.target instanceof HTMLTextAreaElement && event.target.id === 'message';
  return event.key === 'ArrowUp' && !event.shiftKey && field ? 'edit' : null;
}
