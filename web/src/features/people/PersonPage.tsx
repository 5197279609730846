import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { PersonView } from '@/shared/api/schema.gen';
import { mayPlan } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { Waiting } from '@/shared/ui/primitives';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Facts } from '@/shared/ui/Facts';
import { toast } from '@/shared/ui/toasts';
import ui from '@/shared/ui/ui.module.css';
import { Availability } from './Availability';
import { JobTitles } from './JobTitles';
import { Pay } from './Pay';
import { PersonForm } from './PersonForm';
import { useTeams } from './queries';
import { Skills } from './Skills';
import { TimeOff } from './TimeOff';

function Details({ person }: { person: PersonView }) {
  const { t, f } = useI18n();
  const teams = useTeams();
  const { from, to } = person.employment;
  const employment = [
    from && t.people.since({ date: f.date(toDay(from)) }),
    to && t.people.until({ date: f.date(toDay(to)) }),
  ]
    .filter(Boolean)
    .join(', ');
  const facts: [string, string | null | undefined][] = [
    [t.people.jobTitle, person.job_title],
    [t.people.email, person.email],
    [t.people.team, teams.data?.find((x) => x.id === person.team_id)?.name],
    [t.people.employment, employment],
    [t.people.tags, person.tags.join(', ')],
    [t.people.notes, person.notes],
  ];
  return <Facts title={t.people.details} facts={facts} />;
}

export default function PersonPage() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { id = '' } = useParams({ strict: false });
  const invalidate = useInvalidate();
  const [editing, setEditing] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const person = useQuery(api.q('get_person', { id }));
  const may = mayPlan(tenant.role);
  if (!person.data)
    return (
      <div className={ui.page}>
        {person.error ? (
          <ErrorNotice error={person.error} retry={() => void person.refetch()} />
        ) : (
          <Waiting />
        )}
      </div>
    );
  const p = person.data;
  const archive = () => {
    setFailure(null);
    api
      .call('change_person', { id: p.id }, { body: { archived: !p.archived }, expect: p.version })
      .then(() => invalidate())
      .catch(setFailure);
  };
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {p.full_name} {p.archived && <span className={ui.badge}>{t.people.archived}</span>}
        </h1>
        <Link
          to="/w/$tenant/schedule"
          params={{ tenant: tenant.slug }}
          search={{ q: p.full_name }}
          className="text-button"
        >
          {t.people.openSchedule}
        </Link>
        {may && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t.action.edit}
          </Button>
        )}
        {may && !p.archived && (
          <Button variant="default" onClick={archive}>
            {t.action.archive}
          </Button>
        )}
      </div>
      <ErrorNotice error={failure} />
      <div className={ui.columns}>
        <Details person={p} />
        <Skills person={p} mayEdit={may} />
        <JobTitles personId={p.id} mayEdit={may} />
        <Availability personId={p.id} mayEdit={may} />
        <TimeOff personId={p.id} mayEdit={may} />
        {tenant.role === 'admin' && <Pay personId={p.id} />}
      </div>
      {editing && (
        <Dialog title={p.full_name} close={() => setEditing(false)}>
          <PersonForm
            person={p}
            cancel={() => setEditing(false)}
            done={() => {
              setEditing(false);
              toast(t.people.saved);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
