import type { CSSProperties } from 'react';
import type { ScheduleRow } from '../api/schema.gen';
import { useI18n } from '../i18n/i18n';
import { loadOf, shareOf } from './load';
import css from './plan.module.css';

/** Booked of capacity in one of a row's buckets, in the colour of its load; what is tentative stands behind a plus. */
export function LoadFigure(props: { row: ScheduleRow; at: number; unit?: boolean }) {
  const { row, at, unit } = props;
  const { t, f } = useI18n();
  const load = {
    booked_minutes: row.booked_minutes[at] ?? 0,
    capacity_minutes: row.capacity_minutes[at] ?? 0,
    overbooked: row.overbooked[at] ?? false,
  };
  const kind = loadOf(load);
  const maybe = row.tentative_minutes[at] ?? 0;
  return (
    <>
      <span
        className={css.load}
        data-load={kind}
        style={{ '--share': shareOf(load) } as CSSProperties}
      >
        {kind === 'none'
          ? '–'
          : `${f.h(load.booked_minutes)} / ${(unit ? f.hours : f.h)(load.capacity_minutes)}`}
        {load.overbooked && (
          <>
            <span aria-hidden="true"> ▲</span>
            <span className="visually-hidden">, {t.schedule.cellOver}</span>
          </>
        )}
      </span>
      {maybe > 0 && <span className={css.maybe}>+{f.h(maybe)}</span>}
    </>
  );
}
