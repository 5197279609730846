import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { MouseEvent } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { AuditItem } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { sayError } from '@/shared/i18n/problem';
import { toast } from '@/shared/ui/toasts';
import css from './activity.module.css';
import { placeOf } from './told';

/** What an event was about, leading to where it can be seen. */
export function Thing({ item }: { item: AuditItem }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const label = item.label || t.activity.nameless;
  const place = placeOf(item);
  if (!place) return <span className={css.thing}>{label}</span>;
  if ('booking' in place) return <Booking {...place} label={label} />;
  return (
    <Link to={place.page} params={{ tenant: tenant.slug, id: place.id }} className={css.thing}>
      {label}
    </Link>
  );
}

interface BookingProps {
  booking: string;
  person: string;
  date: string | undefined;
  label: string;
}

/** Leads to the schedule; a change that does not say when the booking begins has it asked for first. */
function Booking({ booking, person, date, label }: BookingProps) {
  const words = useI18n();
  const { tenant, api } = useWorkspace();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const params = { tenant: tenant.slug };
  const ask = async () => {
    try {
      const { start, person_id, project_id } = await queries.fetchQuery(
        api.q('get_assignment', { id: booking }),
      );
      if (person_id === null)
        await navigate({ to: '/w/$tenant/projects/$id', params: { ...params, id: project_id } });
      else
        await navigate({
          to: '/w/$tenant/schedule',
          params,
          search: { date: start, q: person },
        });
    } catch (error) {
      toast(sayError(error, words), { kind: 'refused', key: 'refused' });
    }
  };
  const follow = (e: MouseEvent) => {
    if (date || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    void ask();
  };
  return (
    <Link
      to="/w/$tenant/schedule"
      params={params}
      search={{ date, q: person }}
      className={css.thing}
      onClick={follow}
    >
      {label}
    </Link>
  );
}
