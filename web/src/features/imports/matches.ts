/** What was matched by hand, kept by this browser for each workspace. */
import type { ImportField } from '@/shared/api/schema.gen';
import type { Matches } from './table';

const place = (tenant: string) => `raally.import.${tenant}`;
const isMatch = (entry: [string, unknown]): entry is [string, ImportField | null] =>
  entry[1] === null || typeof entry[1] === 'string';

export function recall(tenant: string): Matches {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place(tenant)) ?? '{}');
    return Object.fromEntries(Object.entries(kept ?? {}).filter(isMatch));
  } catch {
    return {};
  }
}

export function remember(tenant: string, matches: Matches) {
  try {
    localStorage.setItem(place(tenant), JSON.stringify(matches));
  } catch {
    // A browser that keeps nothing guesses again.
  }
}
