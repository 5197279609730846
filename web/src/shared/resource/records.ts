/** Kinds of records that are chosen by name: what lists them, and what tells of one. */
import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '../api/WorkspaceContext';

export const KINDS = {
  person: { list: 'list_people', get: 'get_person' },
  project: { list: 'list_projects', get: 'get_project' },
  placeholder: { list: 'list_placeholders', get: 'get_placeholder' },
  skill: { list: 'list_skills', get: 'get_skill' },
  team: { list: 'list_teams', get: 'get_team' },
} as const;
export type Kind = keyof typeof KINDS;

export function nameOf(
  record: { name: string } | { full_name: string } | { title: string },
): string {
  if ('full_name' in record) return record.full_name;
  return 'title' in record ? record.title : record.name;
}

/** What a record is called; undefined until that is known, and where there is none. */
export function useRecordName(kind: Kind, id: string): string | undefined {
  const { api } = useWorkspace();
  const found = useQuery({ ...api.q(KINDS[kind].get, { id }), enabled: id !== '' });
  return found.data && nameOf(found.data);
}
