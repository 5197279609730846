import { Button } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useSession } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Empty, Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { Days } from './Days';
import { MyTimeOff } from './MyTimeOff';
import { RequestForm } from './RequestForm';
import css from './week.module.css';

/** What the reader does this week, and the way to ask for time off. */
export default function Week() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const me = useSession()?.user.id ?? '';
  const found = useQuery({
    ...api.q('list_people', { user_id: me, archived: true, limit: 1 }),
    enabled: me !== '',
    // Whoever has to sign in again meanwhile is still the same.
    placeholderData: keepPreviousData,
  });
  const [asking, setAsking] = useState(false);
  useTitle(t.app.week);
  const person = found.data?.items[0];
  const close = () => setAsking(false);
  return (
    <div className={`${ui.page} ${css.page}`}>
      <div className={ui.pageHead}>
        <h1>{t.app.week}</h1>
        {person && tenant.role !== 'viewer' && (
          <Button onClick={() => setAsking(true)}>{t.plan.request}</Button>
        )}
      </div>
      <ErrorNotice error={found.error} retry={() => void found.refetch()} />
      {found.isPending && <Waiting />}
      {found.data && !person && <Nobody />}
      {person && (
        <div className={`${ui.columns} ${css.columns}`}>
          <Days person={person} />
          <MyTimeOff person={person} />
        </div>
      )}
      {person && asking && (
        <Dialog title={t.plan.request} close={close}>
          <RequestForm person={person} close={close} />
        </Dialog>
      )}
    </div>
  );
}

/** For somebody who signs in and is nobody in the plan. */
function Nobody() {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <section className={ui.panel}>
      <Empty text={t.plan.nobody}>
        {tenant.role === 'admin' ? (
          <Link to="/w/$tenant/settings/members" params={{ tenant: tenant.slug }}>
            {t.plan.linkSelf}
          </Link>
        ) : (
          <p>{t.plan.askAdmin({ workspace: tenant.name })}</p>
        )}
      </Empty>
    </section>
  );
}
