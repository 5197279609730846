import type { Holiday, HolidayCalendarView, Weekday } from '@/shared/api/schema.gen';
import type { AnyValues } from '@/shared/form/field';
import { choice, date, optionsOf, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { kindOf, put, WEEKDAYS } from './days';

/** A Monday, as milliseconds since 1970. */
const MONDAY = Date.UTC(1970, 0, 5);
const DAY_MS = 86_400_000;

/** A weekday's name, in full. */
export const weekdayOf = (locale: string, day: Weekday): string =>
  new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' }).format(
    MONDAY + WEEKDAYS.indexOf(day) * DAY_MS,
  );

interface DayFormProps {
  calendar: HolidayCalendarView;
  /** The day to edit; null for a new one. */
  day: Holiday | null;
  /** Where a new day begins. */
  year: number;
  save: (holidays: Holiday[]) => Promise<unknown>;
  done: (day: Holiday) => void;
  cancel: () => void;
}

/** Adds a day to a calendar or changes one. */
export function DayForm({ calendar, day, year, save, done, cancel }: DayFormProps) {
  const { t, f } = useI18n();
  const weekdays = WEEKDAYS.map((value) => ({ value, label: weekdayOf(f.locale, value) }));
  const isWorked = (all: AnyValues) => all.kind === 'worked';
  return (
    <ResourceForm
      fields={[
        date('date', t.holidays.date, { required: true, autoFocus: true }),
        text('name', t.holidays.dayName, { required: true }),
        choice('kind', t.holidays.kind, optionsOf(t.holidays.kinds)),
        choice('works_as', t.holidays.worksAs, weekdays, { shown: isWorked }),
      ]}
      record={day ? { ...day, kind: kindOf(day) } : { date: `${year}-01-01` }}
      save={async ({ kind, works_as, ...rest }) => {
        const half = kind === 'half';
        const now = { ...rest, half, works_as: kind === 'worked' ? works_as : null };
        await save(put(calendar.holidays, day, now));
        return now;
      }}
      what={(body) => `${calendar.name} · ${body.name}`}
      done={done}
      cancel={cancel}
    />
  );
}
