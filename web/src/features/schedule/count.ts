import { useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toIso } from '@/shared/lib/days';
import { announce } from '@/shared/ui/toasts';
import type { ScheduleData } from './data';
import { isFiltered } from './search';
import { useView } from './useView';

/** How many people have a row, and of how many where filters are set; null until that is known. */
export function useCount(data: ScheduleData): string | null {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const [search] = useView();
  const filtered = isFiltered(search);
  const days = useSyncExternalStore(data.subscribe, data.getDays);
  const n = useSyncExternalStore(data.subscribe, () => data.index?.total ?? null);
  // One row of everybody's, which comes with how many there are.
  const period = { from: toIso(days?.from ?? 0), to: toIso(days?.to ?? 0) };
  const everybody = useQuery({
    ...api.q('schedule', { ...period, bucket: 'month', limit: 1 }),
    enabled: filtered && days !== null,
  });
  const all = filtered ? everybody.data?.total : undefined;
  const known = filtered && n !== null ? t.filters.people({ n }) : null;
  useEffect(() => {
    if (known !== null) announce(known);
  }, [data, known]);
  if (n === null) return null;
  return all === undefined ? t.filters.people({ n }) : t.filters.peopleOf({ n: f.number(n), all });
}
