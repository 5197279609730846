/** What a browser knows to choose from, in the reader's language. */
import type { Option } from '@/shared/form/fields';

/** Time zones by their names: `Europe/Lisbon`, found by `Lisbon` and `new york` alike. */
export const timeZones = (): Option<string>[] =>
  [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])].map((value) => ({
    value,
    label: value.replaceAll('_', ' '),
  }));

/** Currencies: `EUR · Euro`. */
export function currencies(locale: string): Option<string>[] {
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  return Intl.supportedValuesOf('currency').map((value) => ({
    value,
    label: `${value} · ${names.of(value) ?? value}`,
  }));
}

/** The shape of a workspace's part of addresses. */
export const isSlug = (text: string) => /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/.test(text);
