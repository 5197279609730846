import type { CSSProperties } from 'react';
import type { AssignmentBar, ProjectLabel } from '@/shared/api/schema.gen';
import type { Words } from '@/shared/i18n/catalogue';
import { toDay } from '@/shared/lib/days';
import { initials } from '@/shared/ui/primitives';
import { endOf } from './rows';
import barCss from './bars.module.css';
import type { Off } from './timeOff';
import type { Range } from './viewport';

/** CSS counts in days from the range's origin; the width of a day is one property of the grid. */
export const place = (from: number, days: number) =>
  ({ '--s': from, '--n': days }) as CSSProperties;

interface BarProps {
  bar: AssignmentBar;
  /** First day of the cell that holds the button. */
  at: number;
  range: Range;
  project: ProjectLabel | undefined;
  words: Words;
  off: Off[];
  /** Whether it is a placeholder's. */
  wanted: boolean;
  selected: boolean;
  dimmed: boolean;
  flash: string | undefined;
}

function barLabel(bar: AssignmentBar, project: ProjectLabel | undefined, { t, f }: Words): string {
  const dates = f.range(toDay(bar.start), bar.end === null ? null : toDay(bar.end));
  const text = t.schedule.bar({
    project: project?.name ?? '',
    effort: f.effort(bar.effort, bar.weekdays),
    dates,
  });
  const displaced =
    bar.displaced_minutes && t.schedule.displaced({ hours: f.hours(bar.displaced_minutes) });
  const nonWorking = bar.include_non_working && t.schedule.nonWorking;
  return [text, nonWorking, bar.tentative && t.schedule.barTentative, displaced]
    .filter(Boolean)
    .join(', ');
}

export function Bar({
  bar,
  at,
  range,
  project,
  words,
  off,
  wanted,
  selected,
  dimmed,
  flash,
}: BarProps) {
  const start = toDay(bar.start);
  const end = endOf(bar);
  const from = Math.max(start, range.from);
  const to = Math.min(end, range.to);
  const label = barLabel(bar, project, words);
  return (
    <button
      type="button"
      tabIndex={-1}
      id={`bar-${bar.id}`}
      className={barCss.bar}
      data-colour={project?.colour ?? 11}
      data-wanted={wanted || undefined}
      data-tentative={bar.tentative || undefined}
      data-selected={selected || undefined}
      data-dimmed={dimmed || undefined}
      data-flash={flash}
      data-cut-start={from > start || undefined}
      data-cut-end={to < end || undefined}
      aria-label={label}
      title={label}
      style={{ ...place(from - at, to - from + 1), '--lane': bar.lane } as CSSProperties}
    >
      {off.map((o) => (
        <span
          key={`${o.from}${o.holiday ? 'h' : ''}`}
          className={barCss.off}
          data-holiday={o.holiday || undefined}
          title={o.name}
          style={place(o.from - from, o.to - o.from + 1)}
        />
      ))}
      <span className={barCss.barText}>
        <span className={barCss.barName}>{project?.name}</span>
        <span className={barCss.barCode} aria-hidden="true">
          {project?.code ?? initials(project?.name ?? '')}
        </span>
        <span className={barCss.barEffort}>{words.f.effort(bar.effort, bar.weekdays)}</span>
      </span>
    </button>
  );
}
