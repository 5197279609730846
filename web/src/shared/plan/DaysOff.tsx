import type { ScheduleRow, Span } from '../api/schema.gen';
import { useI18n } from '../i18n/i18n';
import { toDay } from '../lib/days';
import css from './plan.module.css';
import { useTimeOffTexts } from './timeOff';

/**
 * Why somebody works less on these days: time off and holidays, each with the days that it has of them, and the hours
 * that it took from bookings.
 */
export function DaysOff({ row, span, at }: { row: ScheduleRow; span: Span; at: number }) {
  const { t, f } = useI18n();
  const { kinds, part } = useTimeOffTexts();
  const within = (from: string, to: string) => from <= span.to && to >= span.from;
  const items = [
    ...row.holidays
      .filter(({ date }) => within(date, date))
      .map(({ date, name, half, works_as }) => ({
        key: `${date} ${name}`,
        kind: 'holiday',
        from: date,
        to: date,
        text: [name, half && t.holidays.kinds.half, works_as && t.holidays.kinds.worked],
      })),
    ...row.time_off
      .filter(({ from, to }) => within(from, to))
      .map((off) => ({
        key: off.id,
        kind: off.status,
        from: off.from < span.from ? span.from : off.from,
        to: off.to > span.to ? span.to : off.to,
        text: [kinds[off.kind], part(off), off.status === 'requested' && t.schedule.requested],
      })),
  ];
  const lost = f.hours(row.displaced_minutes[at] ?? 0);
  const said = t.schedule.displaced({ hours: lost });
  if (items.length === 0) return null;
  return (
    <ul className={css.off}>
      {items.map(({ key, kind, from, to, text }) => (
        <li key={key} data-kind={kind}>
          {span.from !== span.to && <strong>{f.rangeShort(toDay(from), toDay(to))} </strong>}
          {text.filter(Boolean).join(' · ')}
        </li>
      ))}
      {(row.displaced_minutes[at] ?? 0) > 0 && (
        <li data-kind="displaced" title={said}>
          <span aria-hidden="true">−{lost}</span>
          <span className="visually-hidden">{said}</span>
        </li>
      )}
    </ul>
  );
}
