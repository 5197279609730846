import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { WorkspaceApi } from '@/shared/api/workspace';
import { useI18n } from '@/shared/i18n/i18n';
import type { Reference } from './fields';

/** The kinds whose names can be asked for. */
export type Named = Reference | 'client';

const NAMES: Record<Named, (api: WorkspaceApi, id: string) => Promise<string>> = {
  person: async (api, id) => (await api.call('get_person', { id })).full_name,
  project: async (api, id) => (await api.call('get_project', { id })).name,
  client: async (api, id) => (await api.call('get_client', { id })).name,
  placeholder: async (api, id) => (await api.call('get_placeholder', { id })).title,
  team: async (api, id) => (await api.call('get_team', { id })).name,
  skill: async (api, id) => (await api.call('get_skill', { id })).name,
  holiday_calendar: async (api, id) => (await api.call('get_holiday_calendar', { id })).name,
  member: async (api, id) => (await api.call('get_member', { user_id: id })).full_name,
};
export const isNamed = (kind: string): kind is Named => Object.hasOwn(NAMES, kind);

/** What something is called today. Changes of others do not have each name asked for again. */
export function useName(of: Named, id: string): string {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const { data, isError } = useQuery({
    queryKey: ['name', api.tenant, of, id],
    queryFn: () => NAMES[of](api, id),
  });
  return data ?? (isError ? t.activity.gone : '…');
}

export function Name({ of, id }: { of: Reference; id: string }) {
  return useName(of, id);
}
