import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ScheduleRow, Span } from '../api/schema.gen';
import { useWorkspace } from '../api/WorkspaceContext';
import { useI18n } from '../i18n/i18n';
import { toDay } from '../lib/days';
import { Swatch } from '../ui/primitives';
import ui from '../ui/ui.module.css';
import { DaysOff } from './DaysOff';
import { LoadFigure } from './LoadFigure';
import type { ProjectLine } from './personPlan';
import css from './plan.module.css';

interface SpanItemProps {
  row: ScheduleRow;
  /** A day or a week, and which of the row's it is. */
  span: Span;
  at: number;
  lines: ProjectLine[];
  title: ReactNode;
  today: number;
}

/** A day or a week of somebody, read from top to bottom: how full it is, who is off, and the hours on each project. */
export function SpanItem({ row, span, at, lines, title, today }: SpanItemProps) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const now = toDay(span.from) <= today && today <= toDay(span.to);
  const work = lines
    .map((line) => ({ ...line, sure: line.booked?.[at] ?? 0, maybe: line.tentative?.[at] ?? 0 }))
    .filter(({ sure, maybe }) => sure + maybe > 0);
  const nothing = row.booked_minutes[at] === 0 && row.tentative_minutes[at] === 0;
  return (
    <li className={css.span} aria-current={now ? 'date' : undefined}>
      <h3>
        {title}
        {nothing && <small>{row.capacity_minutes[at] === 0 ? t.plan.dayOff : t.plan.free}</small>}
      </h3>
      <span className={css.figure}>
        <LoadFigure row={row} at={at} unit />
      </span>
      <div className={css.work}>
        <DaysOff row={row} span={span} at={at} />
        <ul>
          {work.map(({ id, project, sure, maybe }) => (
            <li key={id} className={css.booking}>
              <Link
                to="/w/$tenant/projects/$id"
                params={{ tenant: tenant.slug, id }}
                className={ui.link}
              >
                <Swatch colour={project.colour} />
                {project.name}
              </Link>
              <span>
                {sure > 0 && f.hours(sure)}
                {maybe > 0 && (
                  <span className={css.maybe}>
                    {` +${f.hours(maybe)} ${t.schedule.barTentative}`}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}
