import { describe, expect, it } from 'vitest';
import { accentSheet, luminance } from './look';

const look = (accent: string, accentDark = ''): string => accentSheet({ logo: '', css: '', accent, accentDark });

describe('the operator’s accent', () => {
  it('is left alone where there is none, or it is no colour', () => {
    expect(look('')).toBe('');
    expect(look('red; } body { display: none')).toBe('');
  });

  it('carries text that can be read on it', () => {
    expect(look('#0a5a8a', '#7ac0f0')).toMatch(/^:root\{--accent:#0a5a8a;--on-accent:#ffffff;.*:root\[data-theme='dark'\]\{--accent:#7ac0f0;--on-accent:#14110f/);
  });

  it('is lightened for the dark theme', () => {
    const dark = /dark'\]\{--accent:(#[0-9a-f]{6})/.exec(look('#036'))?.[1] ?? '';
    expect(luminance(dark)).toBeGreaterThan(luminance('#036') ?? 1);
  });
});
