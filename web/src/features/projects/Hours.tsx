import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ProjectRow } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay, toIso } from '@/shared/lib/days';
import { useWeeks } from '@/shared/plan/weeks';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { IconButton, Waiting } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './projects.module.css';

const WEEKS = 13;

/** The project's hours in thirteen weeks, from this one on, and ways to those before and after. */
function useHours(projectId: string) {
  const { api } = useWorkspace();
  const { from, to, known, shift, setShift } = useWeeks(WEEKS);
  const schedule = useQuery({
    ...api.q('schedule', {
      by: 'project',
      project_id: projectId,
      from: toIso(from),
      to: toIso(to),
      bucket: 'week',
      // An archived project has hours as well.
      archived: true,
    }),
    enabled: known,
    placeholderData: keepPreviousData,
  });
  return { schedule, from, to, shift, setShift };
}

interface Line {
  key: string;
  head: ReactNode;
  minutes: number[];
  /** On top of the minutes. */
  tentative: number[];
  kind?: 'demand' | 'total';
}

/** Who works on the project for how many hours, week by week. */
export function Hours({ projectId }: { projectId: string }) {
  const { t, f } = useI18n();
  const { schedule, from, to, shift, setShift } = useHours(projectId);
  const { data } = schedule;
  const lines = useLines(data?.by === 'project' ? data.rows[0] : undefined, toIso(from));
  const weeks = data?.buckets ?? [];
  const cell = (line: Line, i: number) => {
    const [sure = 0, maybe = 0] = [line.minutes[i], line.tentative[i]];
    return (
      <>
        {sure > 0 && f.h(sure)}
        {maybe > 0 && <span className={css.maybe}> +{f.h(maybe)}</span>}
      </>
    );
  };
  return (
    <section className={ui.panel} aria-busy={schedule.isPlaceholderData}>
      <div className={ui.panelHead}>
        <h2>
          {t.projects.hours} <span className={css.period}>{f.range(from, to)}</span>
        </h2>
        <IconButton icon="left" label={t.projects.earlier} onClick={() => setShift(shift - 1)} />
        <IconButton icon="right" label={t.projects.later} onClick={() => setShift(shift + 1)} />
      </div>
      <ErrorNotice error={schedule.error} retry={() => void schedule.refetch()} />
      {schedule.isPending && !schedule.error && <Waiting />}
      {data && lines.length === 0 && <p className={ui.hint}>{t.projects.noHours}</p>}
      {lines.length > 0 && (
        <>
          {lines.some((line) => line.tentative.some((minutes) => minutes > 0)) && (
            <p className={ui.hint}>{t.projects.maybe}</p>
          )}
          <div className={ui.tableFrame} tabIndex={0} role="region" aria-label={t.projects.hours}>
            <table className={`${ui.table} ${css.hours}`}>
              <thead>
                <tr>
                  <th scope="col">{t.projects.person}</th>
                  {weeks.map((week) => (
                    <th key={week.from} scope="col" className={ui.number}>
                      {f.dateShort(toDay(week.from))}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {lines.map((line) => (
                  <tr key={line.key} data-kind={line.kind}>
                    <th scope="row">{line.head}</th>
                    {weeks.map((week, i) => (
                      <td key={week.from} className={ui.number}>
                        {cell(line, i)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

/** People, then what is still to staff, then the whole project as the server adds it up. */
function useLines(row: ProjectRow | undefined, date: string): Line[] {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  if (!row || (row.people.length === 0 && row.placeholders.length === 0)) return [];
  const none: number[] = [];
  return [
    ...row.people.map((person) => ({
      key: person.person_id,
      head: (
        <Link
          to="/w/$tenant/schedule"
          params={{ tenant: tenant.slug }}
          search={{ q: person.full_name, date }}
          className={ui.link}
        >
          {person.full_name}
        </Link>
      ),
      minutes: person.booked_minutes,
      tentative: person.tentative_minutes,
    })),
    ...row.placeholders.map((wanted) => ({
      key: wanted.placeholder_id,
      head: `${t.projects.placeholder}: ${wanted.title}`,
      minutes: wanted.demand_minutes,
      tentative: wanted.tentative_minutes,
      kind: 'demand' as const,
    })),
    {
      key: 'total',
      head: t.projects.allPeople,
      minutes: row.booked_minutes,
      tentative: row.tentative_minutes,
      kind: 'total' as const,
    },
    ...(row.placeholders.length > 0
      ? [
          {
            key: 'demand',
            head: t.projects.placeholder,
            minutes: row.demand_minutes,
            tentative: none,
            kind: 'total' as const,
          },
        ]
      : []),
  ];
}
