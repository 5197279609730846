/** What somebody works on in a period, as the schedule has it. */
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import type { Bucket, ProjectLabel, ScheduleRow, Span } from '../api/schema.gen';
import { useWorkspace } from '../api/WorkspaceContext';
import { toIso } from '../lib/days';
import type { Weeks } from './weeks';

/** One project's hours, with an entry for each of the buckets; without them until they are known. */
export interface ProjectLine {
  id: string;
  project: ProjectLabel;
  booked: number[] | undefined;
  /** On top of those that are booked. */
  tentative: number[] | undefined;
}

/** Somebody's row of a period. */
export function usePersonRow(personId: string, weeks: Weeks, bucket: Bucket) {
  const { api } = useWorkspace();
  const { from, to, known } = weeks;
  const query = useQuery({
    ...api.q('schedule', { from: toIso(from), to: toIso(to), bucket, people: personId }),
    enabled: known,
    placeholderData: keepPreviousData,
  });
  const data = query.data?.by === 'person' ? query.data : undefined;
  return { query, data, row: data?.rows[0] };
}

interface PersonPlan {
  row: ScheduleRow | undefined;
  buckets: Span[];
  lines: ProjectLine[];
  /** Whether what is shown is not all that was asked for yet. */
  busy: boolean;
  error: unknown;
  again: () => void;
}

/** Somebody's row of a period and, project by project, their hours on it: all as the server adds it up. */
export function usePersonPlan(personId: string, weeks: Weeks, bucket: Bucket): PersonPlan {
  const { api } = useWorkspace();
  const { query: schedule, data, row } = usePersonRow(personId, weeks, bucket);
  const ids = [...new Set(row?.assignments.map((bar) => bar.project_id))];
  const projects = useQueries({
    queries: ids.map((project_id) =>
      api.q('schedule', {
        by: 'project',
        project_id,
        from: data?.from ?? '',
        to: data?.to ?? '',
        bucket,
        // Of a big project only those like this person.
        role: row?.job_title ?? undefined,
        team_id: row?.team_id ?? undefined,
      }),
    ),
  });
  const lines = ids.flatMap((id, i): ProjectLine[] => {
    const project = data?.projects[id];
    const found = projects[i]?.data;
    const people = found?.by === 'project' ? found.rows[0]?.people : undefined;
    const mine = people?.find((person) => person.person_id === row?.person_id);
    return project
      ? [{ id, project, booked: mine?.booked_minutes, tentative: mine?.tentative_minutes }]
      : [];
  });
  const failed = [schedule, ...projects].filter((query) => query.isError);
  return {
    row,
    buckets: data?.buckets ?? [],
    lines: lines.sort((a, b) => a.project.name.localeCompare(b.project.name)),
    busy: schedule.isPlaceholderData || projects.some((query) => query.isPending),
    error: failed[0]?.error ?? weeks.error,
    again: () => failed.forEach((query) => void query.refetch()),
  };
}
