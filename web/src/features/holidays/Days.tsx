import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Holiday, HolidayCalendarView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { useSteps } from '@/shared/resource/useSteps';
import { Dialog } from '@/shared/ui/Dialog';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import list from '@/shared/ui/list.module.css';
import { IconButton } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import { CopyForm } from './CopyForm';
import { DayForm, weekdayOf } from './DayForm';
import { copies, daysOf, kindOf, without, yearOf } from './days';
import css from './holidays.module.css';

/** The days of a calendar, year by year. */
export function Days({ calendar, mayEdit }: { calendar: HolidayCalendarView; mayEdit: boolean }) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const navigate = useNavigate();
  const { year = new Date().getFullYear() } = useSearch({ strict: false });
  const [open, setOpen] = useState<Holiday | 'new' | 'copy' | null>(null);
  const close = () => setOpen(null);
  const show = (next: number) => void navigate({ to: '.', search: { year: next }, replace: true });
  const save = (holidays: Holiday[]) =>
    api.call(
      'change_holiday_calendar',
      { id: calendar.id },
      { body: { holidays }, expect: calendar.version },
    );
  const days = daysOf(calendar.holidays, year);
  const offered = copies(calendar.holidays, year);
  const copy = mayEdit && offered.length > 0 && (
    <Button variant="default" onClick={() => setOpen('copy')}>
      {t.holidays.copy({ year: year - 1 })}
    </Button>
  );
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{t.holidays.daysIn({ year })}</h2>
        <IconButton
          icon="left"
          label={t.holidays.showYear({ year: year - 1 })}
          onClick={() => show(year - 1)}
        />
        <IconButton
          icon="right"
          label={t.holidays.showYear({ year: year + 1 })}
          onClick={() => show(year + 1)}
        />
      </div>
      {mayEdit && (
        <div className={css.actions}>
          <Button variant="default" onClick={() => setOpen('new')}>
            {t.holidays.addDay}
          </Button>
          {copy}
        </div>
      )}
      {days.length > 0 ? (
        <Table days={days} calendar={calendar} save={save} edit={mayEdit ? setOpen : undefined} />
      ) : (
        <p className={ui.hint}>{t.holidays.noDays({ year })}</p>
      )}
      {open === 'copy' && (
        <Dialog title={t.holidays.copy({ year: year - 1 })} close={close}>
          <CopyForm calendar={calendar} year={year} offered={offered} save={save} close={close} />
        </Dialog>
      )}
      {open !== null && open !== 'copy' && (
        <Dialog title={open === 'new' ? t.holidays.addDay : open.name} close={close}>
          <DayForm
            calendar={calendar}
            day={open === 'new' ? null : open}
            year={year}
            save={save}
            done={(day) => {
              close();
              show(yearOf(day));
            }}
            cancel={close}
          />
        </Dialog>
      )}
    </section>
  );
}

interface TableProps {
  days: Holiday[];
  calendar: HolidayCalendarView;
  save: (holidays: Holiday[]) => Promise<unknown>;
  /** Missing where nothing may be changed. */
  edit?: (day: Holiday) => void;
}

function Table({ days, calendar, save, edit }: TableProps) {
  const { t, f } = useI18n();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const [failure, setFailure] = useState<unknown>(null);
  const drop = (day: Holiday) => {
    setFailure(null);
    save(without(calendar.holidays, day))
      .then(() => changed(t.resource.removed({ what: `${calendar.name} · ${day.name}` })))
      .catch(setFailure)
      .finally(() => void invalidate());
  };
  const kind = (day: Holiday) =>
    day.works_as
      ? t.holidays.asWeekday({ weekday: weekdayOf(f.locale, day.works_as) })
      : t.holidays.kinds[kindOf(day)];
  const heads = [t.holidays.date, t.holidays.dayName, t.holidays.kind];
  return (
    <>
      <ErrorNotice error={failure} />
      <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.holidays.days}>
        <table className={ui.table}>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
              {edit && (
                <th scope="col">
                  <span className="visually-hidden">{t.resource.actions}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {days.map((day, i) => {
              const date = f.weekdayDate(toDay(day.date));
              const named = `${day.name}, ${date}`;
              return (
                <tr key={`${day.date} ${day.name} ${i}`}>
                  <td>
                    <time dateTime={day.date}>{date}</time>
                  </td>
                  <td>{day.name}</td>
                  <td>{kind(day)}</td>
                  {edit && (
                    <td>
                      <span className={list.actions}>
                        <IconButton
                          icon="edit"
                          label={t.holidays.editDay({ day: named })}
                          onClick={() => edit(day)}
                        />
                        <IconButton
                          icon="trash"
                          label={t.holidays.removeDay({ day: named })}
                          onClick={() => drop(day)}
                        />
                      </span>
                    </td>
                  )}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}
