import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { TimeOffStatus, TimeOffView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { useSteps } from '@/shared/resource/useSteps';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import css from './bell.module.css';

const SHOWN = 50;

/** Time off that waits for an answer, and can be given one. */
export function Requests() {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const waiting = useQuery(api.q('list_time_offs', { status: 'requested', limit: SHOWN }));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section className={css.requests}>
      <h3 ref={heading} tabIndex={-1}>
        {t.news.requests}
      </h3>
      <ErrorNotice error={waiting.error} retry={() => void waiting.refetch()} />
      {waiting.data?.items.length === 0 && <p>{t.news.noRequests}</p>}
      <ul>
        {waiting.data?.items.map((off) => (
          <Request key={off.id} off={off} />
        ))}
      </ul>
    </section>
  );
}

function Request({ off }: { off: TimeOffView }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const [failure, setFailure] = useState<unknown>(null);
  const person = useQuery(api.q('get_person', { id: off.person_id }));
  const { vacation, sick, parental, otherOff: other } = t.schedule;
  const kind = { vacation, sick, parental, other }[off.kind];
  const what = `${person.data?.full_name ?? '…'} · ${kind} · ${f.range(toDay(off.from), toDay(off.to))}`;
  const answer = (status: TimeOffStatus, said: string) => {
    setFailure(null);
    api
      .call('change_time_off', { id: off.id }, { body: { status }, expect: off.version })
      .then(() => changed(`${said}: ${what}`))
      .catch(setFailure)
      .finally(() => void invalidate('list_time_offs'));
  };
  return (
    <li className={css.request}>
      <p>{what}</p>
      {off.reason && <p className={css.about}>{off.reason}</p>}
      <Button
        aria-label={`${t.news.approve}: ${what}`}
        onClick={() => answer('approved', t.people.approved)}
      >
        {t.news.approve}
      </Button>
      <Button
        variant="default"
        aria-label={`${t.news.decline}: ${what}`}
        onClick={() => answer('declined', t.people.declined)}
      >
        {t.news.decline}
      </Button>
      <ErrorNotice error={failure} />
    </li>
  );
}
