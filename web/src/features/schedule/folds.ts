/** Which groups are folded, kept as long as the browser's tab is open. */
import { useMemo, useState } from 'react';

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
    return new Set(here.map((entry) => entry.slice(group.length + 1)));
  }, [all, group]);
  const toggle = (key: string) => {
    const entry = `${group}/${key}`;
    const next = all.includes(entry) ? all.filter((e) => e !== entry) : [...all, entry];
    sessionStorage.setItem(storageKey(workspace), JSON.stringify(next));
    set(next);
  };
  return [folded, toggle];
}
