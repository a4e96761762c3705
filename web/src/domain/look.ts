// The operator's own look (samovar.toml, [look]) as the page's colours. Pure.
import { record, str } from './json';

export interface Look {
  readonly logo: string; // path; empty: the page's own
  readonly css: string; // path of a style sheet
  readonly accent: string; // #rrggbb or #rgb; empty: the page's own
  readonly accentDark: string; // in the dark theme; empty: as in the light one, but lighter
}

export function toLook(value: unknown): Look {
  const look = record(value);
  return { logo: str(look.logo), css: str(look.css), accent: str(look.accent), accentDark: str(look.accent_dark) };
}

/** Relative luminance (WCAG) of #rrggbb or #rgb, 0 to 1; null when it is neither. */
export function luminance(colour: string): number | null {
  const long = /^#[0-9a-f]{3}$/i.test(colour) ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
  if (!/^#[0-9a-f]{6}$/i.test(long)) return null;
  const part = (at: number): number => {
    const value = Number.parseInt(long.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function rule(selector: string, accent: string, towards: 'black' | 'white'): string {
  const light = luminance(accent);
  if (light === null) return '';
  // Whichever of the two can be read on it.
  const on = 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#14110f';
  return (
    `${selector}{--accent:${accent};--on-accent:${on};--accent-strong:color-mix(in srgb,${accent} 85%,${towards});` +
    `--accent-soft:color-mix(in srgb,${accent} 16%,var(--bg))}`
  );
}

/** A style sheet that puts the accents in the place of the page's own; empty where there are none. */
export function accentSheet({ accent, accentDark }: Look): string {
  const dark = accentDark === '' && accent !== '' ? mixedWithWhite(accent) : accentDark;
  return rule(':root', accent, 'black') + rule(":root[data-theme='dark']", dark, 'white');
}

/** A third of the way to white: what is read on light ground is too dark on dark ground. */
function mixedWithWhite(colour: string): string {
  if (luminance(colour) === null) return '';
  const long = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, '$&$&') : colour;
  const parts = [1, 3, 5].map((at) => Math.round(Number.parseInt(long.slice(at, at + 2), 16) * 0.62 + 255 * 0.38));
  return `#${parts.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
