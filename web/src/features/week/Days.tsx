import { Link } from '@tanstack/react-router';
import type { PersonView } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay, toIso, weekday } from '@/shared/lib/days';
import { LoadFigure } from '@/shared/plan/LoadFigure';
import { usePersonPlan, usePersonRow } from '@/shared/plan/personPlan';
import { SpanItem } from '@/shared/plan/SpanItem';
import { useWeeks } from '@/shared/plan/weeks';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { IconButton, Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './week.module.css';

/** A week day by day, from this one on. */
export function Days({ person }: { person: PersonView }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const weeks = useWeeks(1);
  const { from, to, today, shift, setShift } = weeks;
  const { row, buckets, lines, busy, error, again } = usePersonPlan(person.id, weeks, 'day');
  const whole = usePersonRow(person.id, weeks, 'week').row;
  return (
    <section className={ui.panel} aria-busy={busy}>
      <div className={ui.panelHead}>
        <h2>
          {shift === 0 ? t.dashboard.thisWeek : t.unit.week}{' '}
          <span className={css.period}>{f.range(from, to)}</span>
        </h2>
        {shift !== 0 && (
          <button type="button" className="text-button" onClick={() => setShift(0)}>
            {t.dashboard.thisWeek}
          </button>
        )}
        <IconButton icon="left" label={t.plan.earlier} onClick={() => setShift(shift - 1)} />
        <IconButton icon="right" label={t.plan.later} onClick={() => setShift(shift + 1)} />
      </div>
      <ErrorNotice error={error} retry={again} />
      {!row && !error && <Waiting />}
      {whole && (
        <p className={css.whole}>
          {t.figure.booked} <LoadFigure row={whole} at={0} unit />
        </p>
      )}
      {row && (
        <ol>
          {buckets.map((day, i) => (
            <SpanItem
              key={day.from}
              {...{ row, span: day, at: i, lines, today }}
              title={`${t.people.weekdays[weekday(toDay(day.from))]} ${f.dateShort(toDay(day.from))}`}
            />
          ))}
        </ol>
      )}
      <Link
        to="/w/$tenant/schedule"
        params={{ tenant: tenant.slug }}
        search={{ q: person.full_name, date: toIso(from) }}
        className={`text-button ${css.more}`}
      >
        {t.people.openSchedule}
      </Link>
    </section>
  );
}
