import { Link } from '@tanstack/react-router';
import type { CSSProperties } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Dashboard } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isoWeek, toDay } from '@/shared/lib/days';
import ui from '@/shared/ui/ui.module.css';
import css from './dashboard.module.css';

const QUARTER_HOURS = 15;
/** A week has the number of the ISO week that most of its days lie in. */
const MIDDLE = 3;

/** Capacity as a stepped line over booked (filled) and tentative (hatched), a column a week; a column opens its week. */
export function WeekChart({ weeks }: { weeks: Dashboard['by_week'] }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const most = Math.max(
    QUARTER_HOURS,
    ...weeks.map((w) => Math.max(w.capacity_minutes, w.booked_minutes + w.tentative_minutes)),
  );
  const share = (minutes: number) => `${(minutes / most) * 100}%`;
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{t.dashboard.byWeek}</h2>
        <ul className={css.legend}>
          <li data-kind="capacity">{t.figure.capacity}</li>
          <li data-kind="booked">{t.figure.booked}</li>
          <li data-kind="tentative">{t.figure.tentative}</li>
        </ul>
      </div>
      <p className={ui.hint}>{t.dashboard.chartHint}</p>
      <div className={css.plot}>
        <div className={css.scale} aria-hidden="true">
          <span>{f.hours(most)}</span>
          <span>{f.hours(0)}</span>
        </div>
        <ol className={css.chart}>
          {weeks.map((w) => {
            const day = toDay(w.week_start);
            const displaced =
              w.displaced_minutes > 0
                ? `, ${t.figure.displaced} ${f.hours(w.displaced_minutes)}`
                : '';
            const label = `${t.unit.week} ${isoWeek(day + MIDDLE)}, ${f.dateShort(day)}: ${t.figure.booked} ${f.hours(w.booked_minutes)}, ${t.figure.tentative} ${f.hours(w.tentative_minutes)}, ${t.figure.capacity} ${f.hours(w.capacity_minutes)}${displaced}`;
            return (
              <li key={w.week_start}>
                <Link
                  to="/w/$tenant/schedule"
                  params={{ tenant: tenant.slug }}
                  search={{ date: w.week_start }}
                  className={css.column}
                  title={label}
                  aria-label={label}
                  style={
                    {
                      '--capacity': share(w.capacity_minutes),
                      '--booked': share(w.booked_minutes),
                      '--tentative': share(w.tentative_minutes),
                    } as CSSProperties
                  }
                >
                  <span className={css.area}>
                    <span className={css.tentative} />
                    <span className={css.booked} />
                    <span className={css.capacity} />
                  </span>
                  <span className={css.weekLabel}>{f.dateShort(day)}</span>
                </Link>
              </li>
            );
          })}
        </ol>
      </div>
    </section>
  );
}
