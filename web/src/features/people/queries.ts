import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '@/shared/api/WorkspaceContext';

export const useTeams = () => useQuery(useWorkspace().api.all('list_teams', {}));
export const useSkills = () => useQuery(useWorkspace().api.all('list_skills', {}));
