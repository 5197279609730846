import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useWorkspace } from '../api/WorkspaceContext';
import { toDay } from '../lib/days';
import { todayIn, weeksFrom, type Period } from '../lib/period';

const DAYS = 7;

export interface Weeks extends Period {
  /** Where the workspace keeps its calendar. */
  today: number;
  /** Whether it is known by which day weeks begin; before that nothing is asked for. */
  known: boolean;
  error: unknown;
  /** How many such periods after the one that holds today. */
  shift: number;
  setShift: (shift: number) => void;
}

/** Today where the workspace keeps its calendar. */
export function useToday(): number {
  const settings = useQuery(useWorkspace().api.q('get_settings', {}));
  return toDay(todayIn(settings.data?.time_zone ?? 'UTC'));
}

/** So many weeks from this one on, as the workspace counts them, and ways to those before and after. */
export function useWeeks(count: number): Weeks {
  const { api } = useWorkspace();
  const settings = useQuery(api.q('get_settings', {}));
  const [shift, setShift] = useState(0);
  const today = useToday();
  const start = settings.data?.week_start ?? 'monday';
  const period = weeksFrom(today + shift * count * DAYS, count, start);
  return { ...period, today, known: settings.isSuccess, error: settings.error, shift, setShift };
}
