import { useQuery } from '@tanstack/react-query';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceList } from '@/shared/resource/ResourceList';
import ui from '@/shared/ui/ui.module.css';
import { CalendarForm } from './CalendarForm';
import { daysOf } from './days';

export default function HolidayList() {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const settings = useQuery(api.q('get_settings', {}));
  const year = new Date().getFullYear();
  return (
    <ResourceList
      texts={t.holidays}
      query={({ q, limit }) => api.pages('list_holiday_calendars', { q, limit })}
      page="/w/$tenant/settings/holidays/$id"
      name={(c) => c.name}
      neverArchived
      columns={[
        {
          head: t.holidays.daysIn({ year }),
          cell: (c) => f.number(daysOf(c.holidays, year).length),
        },
        {
          head: t.holidays.use,
          cell: (c) =>
            c.id === settings.data?.holiday_calendar_id && (
              <span className={ui.badge}>{t.holidays.usual}</span>
            ),
        },
      ]}
      form={(done, cancel) => <CalendarForm calendar={null} done={done} cancel={cancel} />}
    />
  );
}
