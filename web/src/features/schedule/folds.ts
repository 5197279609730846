/** Which groups are folded, kept as long as the browser's tab is open. */
import { useMemo, useState } from 'react';
import { STAFF } from './layout';

const storageKey = (workspace: string) => `raally-folded-${workspace}`;

function read(workspace: string): string[] {
  const stored = sessionStorage.getItem(storageKey(workspace));
  return stored ? (JSON.parse(stored) as string[]) : [];
}

/** The keys of the folded groups, and what folds one or opens it again. */
export function useFolds(
  workspace: string,
  group = '',
): [ReadonlySet<string>, (key: string) => void] {
  const [all, set] = useState(() => read(workspace));
  const folded = useMemo(() => {
    const here = all.filter((entry) => entry.startsWith(`${group}/`));
    const keys = here.map((entry) => entry.slice(group.length + 1));
    return new Set(all.includes(STAFF) ? [...keys, STAFF] : keys);
  }, [all, group]);
  const toggle = (key: string) => {
    // The placeholders' group is the same however people are grouped.
    const entry = key === STAFF ? key : `${group}/${key}`;
    const next = all.includes(entry) ? all.filter((e) => e !== entry) : [...all, entry];
    sessionStorage.setItem(storageKey(workspace), JSON.stringify(next));
    set(next);
  };
  return [folded, toggle];
}
