import { Checkbox } from '@mantine/core';
import type { Holiday, HolidayCalendarView } from '@/shared/api/schema.gen';
import type { Field } from '@/shared/form/field';
import type { Words } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import ui from '@/shared/ui/ui.module.css';
import type { Copy } from './days';
import css from './holidays.module.css';

/** Which of the offered days are copied; at first those that stay on their date. */
const chosenDays = (offered: Copy[], { t, f }: Words): Field<'days', boolean[], boolean[]> => ({
  name: 'days',
  read: (chosen) => chosen ?? offered.map(({ moves }) => !moves),
  write: (chosen) => chosen,
  check: (chosen) => (chosen.includes(true) ? undefined : t.holidays.chooseOne),
  render: ({ value: chosen, error, set }) => (
    <fieldset className={css.choices}>
      <legend>{t.holidays.copyDays}</legend>
      {offered.map(({ day, moves }, i) => (
        <Checkbox
          key={`${day.date} ${day.name}`}
          label={`${day.name}, ${f.weekdayDate(toDay(day.date))}`}
          description={moves ? t.holidays.moves : undefined}
          checked={chosen[i] ?? false}
          onChange={(e) => set(chosen.with(i, e.currentTarget.checked))}
        />
      ))}
      {error && (
        <p role="alert" className={css.wrong}>
          {error}
        </p>
      )}
    </fieldset>
  ),
});

interface CopyFormProps {
  calendar: HolidayCalendarView;
  year: number;
  offered: Copy[];
  save: (holidays: Holiday[]) => Promise<unknown>;
  close: () => void;
}

/** Copies days off of the year before to the same dates of this one. */
export function CopyForm({ calendar, year, offered, save, close }: CopyFormProps) {
  const words = useI18n();
  const { t } = words;
  return (
    <ResourceForm
      fields={[chosenDays(offered, words)]}
      record={null}
      save={({ days }) => {
        const copied = offered.filter((_, i) => days[i]).map(({ day }) => day);
        return save([...calendar.holidays, ...copied]);
      }}
      what={`${calendar.name} · ${t.holidays.daysIn({ year })}`}
      notice={() => <p className={ui.hint}>{t.holidays.copyHint({ year })}</p>}
      done={close}
      cancel={close}
    />
  );
}
