import type { HolidayCalendarView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';

interface CalendarFormProps {
  calendar: HolidayCalendarView | null;
  done: (saved: { id: string }) => void;
  cancel: () => void;
}

/** Adds a holiday calendar or renames one. */
export function CalendarForm({ calendar, done, cancel }: CalendarFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  return (
    <ResourceForm
      fields={[
        text('name', t.holidays.name, {
          required: true,
          autoFocus: true,
          description: t.holidays.nameHint,
        }),
      ]}
      record={calendar}
      save={(body) => {
        if (!calendar) return api.call('add_holiday_calendar', {}, { body });
        const options = { body, expect: calendar.version };
        return api.call('change_holiday_calendar', { id: calendar.id }, options);
      }}
      what={(body) => body.name}
      done={done}
      cancel={cancel}
    />
  );
}
