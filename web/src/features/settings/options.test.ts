import { describe, expect, it } from 'vitest';
import { currencies, isSlug, timeZones } from './options';

describe('what settings are chosen from', () => {
  it('has each time zone once, UTC too, with words that one would type', () => {
    const zones = timeZones();
    expect(new Set(zones.map((zone) => zone.value)).size).toBe(zones.length);
    expect(zones).toContainEqual({ value: 'UTC', label: 'UTC' });
    expect(zones).toContainEqual({ value: 'America/New_York', label: 'America/New York' });
  });
  it('names currencies in the reader’s language', () => {
    expect(currencies('es')).toContainEqual({ value: 'EUR', label: 'EUR · euro' });
  });
});

describe('a part of addresses, as the server asks for it', () => {
  it.each(['a', 'acme', 'acme-2', '0', 'a'.repeat(60)])('%s is one', (text) =>
    expect(isSlug(text)).toBe(true),
  );
  it.each(['', '-', '-a', 'a-', 'Acme', 'a b', 'é', 'a'.repeat(61)])('%s is none', (text) =>
    expect(isSlug(text)).toBe(false),
  );
});
