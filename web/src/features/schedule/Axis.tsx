import { memo, type CSSProperties, type ReactNode } from 'react';
import type { Words } from '@/shared/i18n/catalogue';
import { isoWeek, monthStart, weekday, yearStart } from '@/shared/lib/days';
import type { Slot } from './blocks';
import css from './grid.module.css';
import type { Range } from './viewport';

/** A week has the number of the ISO week that most of its days lie in. */
const MIDDLE = 3;

const place = (from: number, days: number) => ({ '--s': from, '--n': days }) as CSSProperties;

/** The upper line: months, or years where the buckets are months. */
function upper(range: Range): Slot[] {
  const next =
    range.bucket === 'month' ? (d: number) => yearStart(d, 1) : (d: number) => monthStart(d, 1);
  const slots: Slot[] = [];
  for (let day = range.from; day <= range.to; day = next(day))
    slots.push({ from: day, to: Math.min(range.to, next(day) - 1) });
  return slots;
}

function lowerText(slot: Slot, range: Range, { t, f }: Words): ReactNode {
  if (range.bucket === 'day')
    return (
      <>
        <span className={css.letter}>{f.weekdayLetter(slot.from)} </span>
        {f.dayOfMonth(slot.from)}
      </>
    );
  if (range.bucket === 'month') return f.monthShort(slot.from);
  if (range.figures !== 'both') return f.dayOfMonth(slot.from);
  const number = isoWeek(slot.from + MIDDLE);
  return (
    <>
      <span className={css.weekNumber}>{`${t.unit.week.slice(0, 1)}${number} · `}</span>
      {`${f.dayOfMonth(slot.from)}–${f.dayOfMonth(slot.to)}`}
    </>
  );
}

const weekName = (slot: Slot, range: Range, { t }: Words): string | undefined =>
  range.bucket === 'week' ? `${t.unit.week} ${isoWeek(slot.from + MIDDLE)}` : undefined;

export const Axis = memo(function Axis({
  range,
  slots,
  origin,
  today,
  words,
  holidays,
  corner,
}: {
  range: Range;
  slots: Slot[];
  origin: number;
  today: number;
  words: Words;
  holidays: ReadonlyMap<number, string>;
  /** What stands over the names. */
  corner: string;
}) {
  return (
    <div className={css.axis} role="row" aria-rowindex={1}>
      <div className={css.corner} role="columnheader" aria-colindex={1}>
        {corner}
      </div>
      <div className={css.upper} aria-hidden="true">
        {upper(range).map((s) => (
          <div
            key={s.from}
            className={css.upperCell}
            style={place(s.from - origin, s.to - s.from + 1)}
          >
            <span>
              {range.bucket === 'month'
                ? new Date(s.from * 86_400_000).getUTCFullYear()
                : words.f.monthYear(s.from)}
            </span>
          </div>
        ))}
      </div>
      {slots.map((s, i) => {
        const now = s.from <= today && today <= s.to;
        const holiday = range.bucket === 'day' ? holidays.get(s.from) : undefined;
        return (
          <div
            key={s.from}
            role="columnheader"
            aria-colindex={i + 2}
            className={css.lower}
            title={holiday ?? weekName(s, range, words)}
            data-now={now || undefined}
            data-weekend={(range.bucket === 'day' && weekday(s.from) > 4) || undefined}
            style={place(s.from - origin, s.to - s.from + 1)}
          >
            <span>{lowerText(s, range, words)}</span>
            {holiday && <span className={css.dot} aria-hidden="true" />}
          </div>
        );
      })}
    </div>
  );
});
