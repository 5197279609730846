import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useWorkspace } from '@/shared/api/WorkspaceContext';

export function useTeams() {
  const { tenant, api } = useWorkspace();
  return useQuery({
    queryKey: [tenant.slug, 'teams'],
    queryFn: ({ signal }) => api.teams.all({}, signal),
  });
}

export function useSkills() {
  const { tenant, api } = useWorkspace();
  return useQuery({
    queryKey: [tenant.slug, 'skills'],
    queryFn: ({ signal }) => api.skills.all({}, signal),
  });
}

/** A person's sub-resource, and the way to have it fetched again. */
export function usePersonList<V>(
  id: string,
  what: string,
  load: (signal: AbortSignal) => Promise<V[]>,
  enabled = true,
) {
  const { tenant } = useWorkspace();
  return useQuery({
    queryKey: [tenant.slug, 'people', id, what],
    queryFn: ({ signal }) => load(signal),
    enabled,
  });
}

export function useRefetchPerson(id: string) {
  const { tenant } = useWorkspace();
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [tenant.slug, 'people', id] });
}
