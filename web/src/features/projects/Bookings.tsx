import { Button } from '@mantine/core';
import { useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AssignmentView } from '@/shared/api/schema.gen';
import type { Page } from '@/shared/api/workspace';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import ui from '@/shared/ui/ui.module.css';

const PAGE = 50;

/** What the people of some pages of bookings are called: one request a page. */
function useNames(pages: Page<AssignmentView>[]) {
  const { api } = useWorkspace();
  const rows = useQueries({
    queries: pages.map(({ items }) => {
      const people = [...new Set(items.flatMap((a) => a.person_id ?? []))].join(',');
      const day = items[0]?.start ?? '';
      const query = { people, from: day, to: day, bucket: 'month', limit: PAGE } as const;
      return { ...api.q('schedule', query), enabled: people !== '' };
    }),
  });
  const known = rows.flatMap(({ data }) => (data?.by === 'person' ? data.rows : []));
  const names = new Map(known.map((row) => [row.person_id, row.full_name]));
  return (id: string) => names.get(id);
}

/** Who works on the project, from when to when, and how much. */
export function Bookings({ projectId }: { projectId: string }) {
  const { t, f } = useI18n();
  const { tenant, api } = useWorkspace();
  const bookings = useInfiniteQuery({
    ...api.pages('list_assignments', { project_id: projectId, sort: 'start', limit: PAGE }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const pages = bookings.data?.pages ?? [];
  const nameOf = useNames(pages);
  const items = pages.flatMap((page) => page.items);
  return (
    <section className={ui.panel}>
      <h2>{t.projects.bookings}</h2>
      <ErrorNotice error={bookings.error} retry={() => void bookings.refetch()} />
      {bookings.data && items.length === 0 && <p className={ui.hint}>{t.projects.noBookings}</p>}
      {items.length > 0 && (
        <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.projects.bookings}>
          <table className={ui.table}>
            <thead>
              <tr>
                {[
                  t.projects.person,
                  t.schedule.effort,
                  t.schedule.start,
                  t.schedule.end,
                  t.projects.status,
                ].map((h) => (
                  <th key={h} scope="col">
                    {h}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((a) => (
                <tr key={a.id}>
                  <td>
                    {a.person_id ? (
                      <Link
                        to="/w/$tenant/schedule"
                        params={{ tenant: tenant.slug }}
                        search={{ q: nameOf(a.person_id), date: a.start }}
                        className={ui.link}
                      >
                        {nameOf(a.person_id) ?? '…'}
                      </Link>
                    ) : (
                      t.projects.placeholder
                    )}
                  </td>
                  <td>{f.effort(a.effort, a.weekdays)}</td>
                  <td>{f.date(toDay(a.start))}</td>
                  <td>{a.end ? f.date(toDay(a.end)) : t.schedule.openEnd}</td>
                  <td>
                    {a.status === 'tentative' ? (
                      <span className={ui.badge} data-kind="warn">
                        {t.schedule.tentative}
                      </span>
                    ) : (
                      ''
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {bookings.hasNextPage && (
        <Button
          variant="default"
          loading={bookings.isFetchingNextPage}
          onClick={() => void bookings.fetchNextPage()}
        >
          {t.action.more}
        </Button>
      )}
    </section>
  );
}
