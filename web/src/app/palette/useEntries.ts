import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { screensFor } from '../screens';
import { fitting, type Entry } from './found';

const TYPING_MS = 150;
const MOST_OF_A_KIND = 6;
const THEMES = [
  ['light', 'themeLight'],
  ['dark', 'themeDark'],
  ['auto', 'themeSystem'],
] as const;

/** What fits the typed text: records as the server finds them, then screens and commands. */
export function useEntries(typed: string): { entries: Entry[]; asking: boolean; error: unknown } {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const question = { q, limit: MOST_OF_A_KIND };
  const when = { enabled: q !== '', placeholderData: keepPreviousData };
  const people = useQuery({ ...api.q('list_people', question), ...when });
  const projects = useQuery({ ...api.q('list_projects', question), ...when });
  const clients = useQuery({ ...api.q('list_clients', question), ...when });

  const slug = tenant.slug;
  const page =
    (to: '/w/$tenant/people/$id' | '/w/$tenant/projects/$id' | '/w/$tenant/clients/$id') =>
    (id: string) =>
    () =>
      void navigate({ to, params: { tenant: slug, id } });
  const inSchedule = (search: { q?: string; project_id?: string }) => () =>
    void navigate({ to: '/w/$tenant/schedule', params: { tenant: slug }, search });
  const toPerson = page('/w/$tenant/people/$id');
  const toProject = page('/w/$tenant/projects/$id');
  const toClient = page('/w/$tenant/clients/$id');

  const screens = screensFor(tenant.role).map(({ to, name, icon }): Entry => ({
    id: name,
    kind: 'screens',
    text: t.app[name],
    icon,
    run: () => void navigate({ to, params: { tenant: slug } }),
  }));
  const commands: Entry[] = [
    ...THEMES.map(([scheme, name]): Entry => ({
      id: `theme-${scheme}`,
      kind: 'commands',
      text: t.palette.theme({ theme: t.app[name] }),
      icon: 'settings',
      run: () => setColorScheme(scheme),
    })),
    {
      id: 'account',
      kind: 'commands',
      text: t.account.title,
      icon: 'user',
      run: () => void navigate({ to: '/account' }),
    },
    {
      id: 'workspaces',
      kind: 'commands',
      text: t.app.switchWorkspace,
      icon: 'rows',
      run: () => void navigate({ to: '/workspaces' }),
    },
  ];
  // Who empties the field is shown no answers to what stood in it.
  const found: Entry[] =
    typed.trim() === ''
      ? []
      : [
          ...(people.data?.items ?? []).map(({ id, full_name: text }): Entry => ({
            id,
            kind: 'people',
            text,
            icon: 'user',
            run: toPerson(id),
            other: inSchedule({ q: text }),
          })),
          ...(projects.data?.items ?? []).map(({ id, name: text }): Entry => ({
            id,
            kind: 'projects',
            text,
            icon: 'projects',
            run: toProject(id),
            other: inSchedule({ project_id: id }),
          })),
          ...(clients.data?.items ?? []).map(({ id, name: text }): Entry => ({
            id,
            kind: 'clients',
            text,
            icon: 'clients',
            run: toClient(id),
          })),
        ];
  return {
    entries: [...found, ...fitting(screens, typed), ...fitting(commands, typed)],
    asking: q !== typed.trim() || [people, projects, clients].some(({ isFetching }) => isFetching),
    error: people.error ?? projects.error ?? clients.error,
  };
}
