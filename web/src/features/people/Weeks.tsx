import { useMediaQuery } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import type { PersonView, ScheduleRow, Span } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { DaysOff } from '@/shared/plan/DaysOff';
import { LoadFigure } from '@/shared/plan/LoadFigure';
import { usePersonPlan, type ProjectLine } from '@/shared/plan/personPlan';
import { SpanItem } from '@/shared/plan/SpanItem';
import { useWeeks } from '@/shared/plan/weeks';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { IconButton, Swatch, Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './people.module.css';

const WEEKS = 13;
/** Weeks below one another are read there more easily than a table that scrolls. */
const NARROW = '(max-width: 48em)';

/** The person's next thirteen weeks: how full they are, who is off, and what is worked on. */
export function Weeks({ person }: { person: PersonView }) {
  const { t, f } = useI18n();
  const weeks = useWeeks(WEEKS);
  const { row, buckets, lines, busy, error, again } = usePersonPlan(person.id, weeks, 'week');
  const { from, to, shift, setShift } = weeks;
  const narrow = useMediaQuery(NARROW, false, { getInitialValueInEffect: false });
  return (
    <section className={ui.panel} aria-busy={busy}>
      <div className={ui.panelHead}>
        <h2>
          {t.plan.weeks} <span className={css.period}>{f.range(from, to)}</span>
        </h2>
        {shift !== 0 && (
          <button type="button" className="text-button" onClick={() => setShift(0)}>
            {t.action.today}
          </button>
        )}
        <IconButton icon="left" label={t.projects.earlier} onClick={() => setShift(shift - 1)} />
        <IconButton icon="right" label={t.projects.later} onClick={() => setShift(shift + 1)} />
      </div>
      <ErrorNotice error={error} retry={again} />
      {!row && !error && <Waiting />}
      {lines.some(({ tentative }) => tentative?.some((minutes) => minutes > 0)) && (
        <p className={ui.hint}>{t.projects.maybe}</p>
      )}
      {row && lines.length === 0 && <p className={ui.hint}>{t.plan.nothing}</p>}
      {row &&
        (narrow ? (
          <ol aria-label={t.plan.weeks}>
            {buckets.map((week, i) => (
              <SpanItem
                key={week.from}
                {...{ row, span: week, at: i, lines, today: weeks.today }}
                title={<WeekLink person={person} week={week} />}
              />
            ))}
          </ol>
        ) : (
          <WeekTable {...{ person, row, buckets, lines, today: weeks.today }} />
        ))}
    </section>
  );
}

interface WeekTableProps {
  person: PersonView;
  row: ScheduleRow;
  buckets: Span[];
  lines: ProjectLine[];
  today: number;
}

/** Weeks from left to right. */
function WeekTable({ person, row, buckets, lines, today }: WeekTableProps) {
  const { t } = useI18n();
  return (
    <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.plan.weeks}>
      <table className={`${ui.table} ${css.weeks}`}>
        <thead>
          <tr>
            <th scope="col">{t.unit.week}</th>
            {buckets.map((week) => {
              const now = toDay(week.from) <= today && today <= toDay(week.to);
              return (
                <th key={week.from} scope="col" aria-current={now ? 'date' : undefined}>
                  <WeekLink person={person} week={week} />
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t.figure.booked}</th>
            {buckets.map((week, i) => (
              <td key={week.from}>
                <LoadFigure row={row} at={i} />
              </td>
            ))}
          </tr>
          {isOff(row) && (
            <tr>
              <th scope="row">{t.plan.off}</th>
              {buckets.map((week, i) => (
                <td key={week.from}>
                  <DaysOff row={row} span={week} at={i} />
                </td>
              ))}
            </tr>
          )}
          {lines.map((line) => (
            <Line key={line.id} line={line} weeks={buckets.map((week) => week.from)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The way to that week in the schedule. */
function WeekLink({ person, week }: { person: PersonView; week: Span }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <Link
      to="/w/$tenant/schedule"
      params={{ tenant: tenant.slug }}
      search={{ q: person.full_name, date: week.from }}
      title={t.people.openSchedule}
      className={css.week}
    >
      {f.dateShort(toDay(week.from))}
    </Link>
  );
}

const isOff = (row: ScheduleRow) => row.holidays.length + row.time_off.length > 0;

function Line({ line, weeks }: { line: ProjectLine; weeks: string[] }) {
  const { f } = useI18n();
  const { tenant } = useWorkspace();
  return (
    <tr>
      <th scope="row">
        <Link
          to="/w/$tenant/projects/$id"
          params={{ tenant: tenant.slug, id: line.id }}
          className={ui.link}
          title={line.project.name}
        >
          <Swatch colour={line.project.colour} />
          <span>{line.project.name}</span>
        </Link>
      </th>
      {weeks.map((week, i) => {
        const [sure = 0, maybe = 0] = [line.booked?.[i], line.tentative?.[i]];
        return (
          <td key={week}>
            {sure > 0 && f.h(sure)}
            {maybe > 0 && <span className={css.maybe}> +{f.h(maybe)}</span>}
          </td>
        );
      })}
    </tr>
  );
}
