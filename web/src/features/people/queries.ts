import { useQuery } from '@tanstack/react-query';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';

export const useTeams = () => useQuery(useWorkspace().api.all('list_teams', {}));
export const useSkills = () => useQuery(useWorkspace().api.all('list_skills', {}));

/** Creates a team or a skill from within a form that refers to it. */
export function useMake(kind: 'team' | 'skill') {
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  return async (name: string) => {
    const made = await api.call(`add_${kind}`, {}, { body: { name } });
    await invalidate(`list_${kind}s`);
    return made;
  };
}
