import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PersonView, TimeOffView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { useTimeOffTexts } from '@/shared/plan/timeOff';
import { useToday } from '@/shared/plan/weeks';
import { useSteps } from '@/shared/resource/useSteps';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './week.module.css';

/** Time off from today on, and whatever still waits for an answer. */
export function MyTimeOff({ person }: { person: PersonView }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const today = useToday();
  const query = useQuery(api.all('list_time_offs', { person_id: person.id }));
  const shown = query.data
    ?.filter((off) => off.status === 'requested' || toDay(off.to) >= today)
    .sort((a, b) => a.from.localeCompare(b.from));
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{t.plan.requests}</h2>
      </div>
      <ErrorNotice error={query.error} retry={() => void query.refetch()} />
      {query.isPending && <Waiting />}
      {shown?.length === 0 && <p className={ui.hint}>{t.plan.noRequests}</p>}
      <ul>
        {shown?.map((off) => (
          <Off key={off.id} off={off} />
        ))}
      </ul>
    </section>
  );
}

const BADGES = { approved: 'ok', requested: 'warn', declined: undefined } as const;

/** One time off and its state; taken back while it waits. */
function Off({ off }: { off: TimeOffView }) {
  const { t, f } = useI18n();
  const { tenant, api } = useWorkspace();
  const { kinds, statuses, part } = useTimeOffTexts();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const [failure, setFailure] = useState<unknown>(null);
  const what = `${kinds[off.kind]} · ${f.range(toDay(off.from), toDay(off.to))}`;
  const takeBack = () => {
    setFailure(null);
    api
      .call('remove_time_off', { id: off.id }, { expect: off.version })
      .then(() => changed(t.plan.takenBack({ what })))
      .catch(setFailure)
      .finally(() => void invalidate('list_time_offs', 'schedule'));
  };
  return (
    <li className={css.request}>
      <div>
        <p>
          {what}{' '}
          <span className={ui.badge} data-kind={BADGES[off.status]}>
            {statuses[off.status]}
          </span>
        </p>
        <p className={ui.hint}>{[part(off), off.reason].filter(Boolean).join(' · ')}</p>
      </div>
      {off.status === 'requested' && tenant.role !== 'viewer' && (
        <Button variant="default" aria-label={t.plan.takeBackOf({ what })} onClick={takeBack}>
          {t.plan.takeBack}
        </Button>
      )}
      <ErrorNotice error={failure} />
    </li>
  );
}
