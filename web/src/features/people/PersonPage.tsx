import { Link, useParams } from '@tanstack/react-router';
import type { PersonView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ActivityLink } from '@/shared/resource/ActivityLink';
import { Facts } from '@/shared/resource/Facts';
import { ResourcePage } from '@/shared/resource/ResourcePage';
import { Archive } from './Archive';
import { Erase } from './Erase';
import { History } from './History';
import css from './people.module.css';
import { PersonForm } from './PersonForm';
import { useTeams } from './queries';
import { Skills } from './Skills';
import { TimeOff } from './TimeOff';
import { Weeks } from './Weeks';

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
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  return (
    <ResourcePage
      query={api.q('get_person', { id })}
      name={(p) => p.full_name}
      links={(p) => (
        <>
          <Link
            to="/w/$tenant/schedule"
            params={{ tenant: tenant.slug }}
            search={{ q: p.full_name }}
            className="text-button"
          >
            {t.people.openSchedule}
          </Link>
          <ActivityLink entity="person" id={id} />
        </>
      )}
      form={(p, done, cancel) => <PersonForm person={p} done={done} cancel={cancel} />}
      setArchived={(p, archived) =>
        api.call('change_person', { id }, { body: { archived }, expect: p.version })
      }
      archiveForm={(p, close) => <Archive person={p} close={close} />}
      above={(p) => <Weeks person={p} />}
      panels={(p, may) => (
        <>
          <div className={css.stack}>
            <Details person={p} />
            <Skills person={p} mayEdit={may} />
            <TimeOff person={p} mayEdit={may} />
          </div>
          <div className={css.stack}>
            <History person={p} mayEdit={may} />
            {tenant.role === 'admin' && <Erase person={p} />}
          </div>
        </>
      )}
    />
  );
}
