/** What the command palette offers, and which of it fits what was typed. */
import { plain } from '@/shared/lib/plain';
import type { IconName } from '@/shared/ui/Icon';

export type Kind = 'people' | 'projects' | 'clients' | 'screens' | 'commands';

export interface Entry {
  id: string;
  kind: Kind;
  text: string;
  icon: IconName;
  /** A second thing to do about it, by Shift and Enter or a Shift-click. */
  other?: () => void;
  run: () => void;
}

/** The entries whose text holds every word that was typed; those that begin with the first word come first. */
export function fitting(entries: readonly Entry[], typed: string): Entry[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const fits = entries.filter(({ text }) => words.every((word) => plain(text).includes(word)));
  const begins = ({ text }: Entry) => plain(text).startsWith(words[0] ?? '');
  return [...fits.filter(begins), ...fits.filter((entry) => !begins(entry))];
}

/** Entries of one kind stand together, in the order in which the kinds first appear. */
export function grouped(entries: readonly Entry[]): [Kind, Entry[]][] {
  const groups = new Map<Kind, Entry[]>();
  for (const entry of entries) groups.set(entry.kind, [...(groups.get(entry.kind) ?? []), entry]);
  return [...groups];
}
