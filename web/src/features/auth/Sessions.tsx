import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { call } from '@/shared/api/client';
import { useI18n } from '@/shared/i18n/i18n';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Waiting } from '@/shared/ui/primitives';
import css from './auth.module.css';

/** Where one is signed in; each can be ended, or all but this one. */
export function Sessions() {
  const { t, f } = useI18n();
  const { data, error, refetch } = useQuery({
    queryKey: ['list_sessions'],
    queryFn: ({ signal }) => call('list_sessions', {}, { signal }),
  });
  const end = useMutation({
    mutationFn: (id: string | null) =>
      id ? call('end_session', { session_id: id }) : call('end_other_sessions', {}),
    onSettled: () => refetch(),
  });
  const when = new Intl.DateTimeFormat(f.locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <section>
      <h2>{t.account.sessions}</h2>
      <ErrorNotice error={error ?? end.error} retry={() => void refetch()} />
      {!data && !error && <Waiting />}
      <ul className={css.list}>
        {data?.items.map((session) => {
          const device = session.device ?? t.account.unknownDevice;
          return (
            <li key={session.id}>
              <span>{device}</span>{' '}
              <span className={css.role}>
                {session.current
                  ? t.account.thisOne
                  : t.account.lastUsed({ date: when.format(new Date(session.used_at)) })}
              </span>{' '}
              {!session.current && (
                <button
                  type="button"
                  className="text-button"
                  aria-label={t.account.endOne({ device })}
                  onClick={() => end.mutate(session.id)}
                >
                  {t.app.signOut}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {data && data.items.length > 1 && (
        <Button variant="default" loading={end.isPending} onClick={() => end.mutate(null)}>
          {t.account.endOthers}
        </Button>
      )}
    </section>
  );
}
