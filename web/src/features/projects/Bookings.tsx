import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import ui from '@/shared/ui/ui.module.css';

/** Who works on the project, from when to when, and how much. */
export function Bookings({ projectId }: { projectId: string }) {
  const { t, f } = useI18n();
  const { tenant, api } = useWorkspace();
  const bookings = useQuery(api.all('list_assignments', { project_id: projectId }));
  const people = useQuery(api.all('list_people', {}));
  const nameOf = (id: string | null) => people.data?.find((p) => p.id === id)?.full_name;
  const items = [...(bookings.data ?? [])].sort((a, b) => a.start.localeCompare(b.start));
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
                  <td>{f.effort(a.effort)}</td>
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
    </section>
  );
}
