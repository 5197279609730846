import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useHere } from '@/shared/api/TenantContext';

export function useTeams() {
  const { tenant, api } = useHere();
  return useQuery({
    queryKey: [tenant.slug, 'teams'],
    queryFn: ({ signal }) => api.teams.all({}, signal),
  });
}

export function useSkills() {
  const { tenant, api } = useHere();
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
  const { tenant } = useHere();
  return useQuery({
    queryKey: [tenant.slug, 'people', id, what],
    queryFn: ({ signal }) => load(signal),
    enabled,
  });
}

export function useRefetchPerson(id: string) {
  const { tenant } = useHere();
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [tenant.slug, 'people', id] });
}
