import { Link, useParams } from '@tanstack/react-router';
import type { PersonView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { sayWarning } from '@/shared/i18n/warning';
import { toDay } from '@/shared/lib/days';
import { Facts } from '@/shared/resource/Facts';
import { ResourcePage } from '@/shared/resource/ResourcePage';
import { toast } from '@/shared/ui/toasts';
import { Availability } from './Availability';
import { Erase } from './Erase';
import { JobTitles } from './JobTitles';
import { Pay } from './Pay';
import { PersonForm } from './PersonForm';
import { Placements } from './Placements';
import { useTeams } from './queries';
import { Skills } from './Skills';
import { TimeOff } from './TimeOff';

function Details({ person }: { person: PersonView }) {
  const { t, f } = useI18n();
  const teams = useTeams();
  const employment = (person.employment ?? []).map(({ from, to }) =>
    [
      from && t.people.since({ date: f.date(toDay(from)) }),
      to && t.people.until({ date: f.date(toDay(to)) }),
    ]
      .filter(Boolean)
      .join(', '),
  );
  return (
    <Facts
      facts={[
        [t.people.jobTitle, person.job_title],
        [t.people.email, person.email],
        [t.people.team, teams.data?.find((x) => x.id === person.team_id)?.name],
        [t.people.employment, employment.join('; ')],
        [t.people.tags, person.tags.join(', ')],
        [t.people.notes, person.notes],
      ]}
    />
  );
}

export default function PersonPage() {
  const words = useI18n();
  const { t } = words;
  const { tenant, api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  const archive = async (p: PersonView) => {
    const options = { body: { archived: true }, expect: p.version };
    const { warnings } = await api.call('change_person', { id }, options);
    warnings.forEach((warning) => toast(sayWarning(warning, words)));
  };
  return (
    <ResourcePage
      query={api.q('get_person', { id })}
      name={(p) => p.full_name}
      links={(p) => (
        <Link
          to="/w/$tenant/schedule"
          params={{ tenant: tenant.slug }}
          search={{ q: p.full_name }}
          className="text-button"
        >
          {t.people.openSchedule}
        </Link>
      )}
      form={(p, done, cancel) => <PersonForm person={p} done={done} cancel={cancel} />}
      archive={archive}
      panels={(p, may) => (
        <>
          <Details person={p} />
          <Skills person={p} mayEdit={may} />
          <JobTitles personId={id} mayEdit={may} />
          <Placements personId={id} mayEdit={may} />
          <Availability personId={id} mayEdit={may} />
          <TimeOff personId={id} mayEdit={may} />
          {tenant.role === 'admin' && <Pay personId={id} />}
          {tenant.role === 'admin' && <Erase person={p} />}
        </>
      )}
    />
  );
}
