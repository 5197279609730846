import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceList } from '@/shared/resource/ResourceList';
import { Avatar } from '@/shared/ui/primitives';
import { PersonForm } from './PersonForm';
import { useSkills, useTeams } from './queries';

export default function PeopleList() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const teams = useTeams();
  const skills = useSkills();
  const teamName = (id: string | null) => teams.data?.find((x) => x.id === id)?.name;
  const skillName = (id: string | null | undefined) =>
    skills.data?.find((x) => x.id === id)?.name ?? '';
  return (
    <ResourceList
      texts={t.people}
      query={(search) => api.pages('list_people', search)}
      page="/w/$tenant/people/$id"
      name={(p) => p.full_name}
      mark={(p) => <Avatar name={p.full_name} />}
      columns={[
        { head: t.people.jobTitle, cell: (p) => p.job_title },
        { head: t.people.team, cell: (p) => teamName(p.team_id) },
        {
          head: t.people.skills,
          cell: (p) => p.skills.map((s) => `${skillName(s.skill_id)} ${s.level}`).join(', '),
        },
      ]}
      form={(done, cancel) => <PersonForm person={null} done={done} cancel={cancel} />}
    />
  );
}
