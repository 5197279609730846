/** What a planner types for effort: `20h/w`, `50%`, `4h/d`, `3h40/d`, `3d total`, in any of our languages. */
import type { EffortBody } from '../api/schema.gen';
import type { Words } from '../i18n/catalogue';

const HOUR = 60;
/** A day written as effort counts eight hours, whoever works it. */
const DAY = 8 * HOUR;
const MOST_MINUTES = 24 * HOUR * 366 * 5;

const WEEK = new Set(['w', 'wk', 'week', 'weekly', 's', 'sem', 'semana']);
const DAILY = new Set(['d', 'day', 'daily', 'día', 'dia']);
const UNITS: Record<string, number> = {
  h: HOUR,
  hour: HOUR,
  hours: HOUR,
  hora: HOUR,
  horas: HOUR,
  m: 1,
  min: 1,
  d: DAY,
  day: DAY,
  days: DAY,
  día: DAY,
  días: DAY,
  dia: DAY,
  dias: DAY,
};

/** The effort a text stands for, or null when it says none. Without a unit hours a week are meant. */
export function parseEffort(text: string): EffortBody | null {
  const clean = text
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(',', '.')
    // Hours and minutes, `3h40` or `3:40`, are so many minutes.
    .replace(/^(\d+) ?[h:] ?([0-5]\d) ?(?:m|min)?(?![\d\p{L}])/u, (_, h, m) => `${h * HOUR + +m}m`);
  const found = /^(\d+(?:\.\d+)?) ?(%|\p{L}+)?(.*)$/u.exec(clean);
  if (!found) return null;
  const [, figure = '', unit = '', rest = ''] = found;
  const amount = Number(figure);
  if (unit === '%')
    return rest.trim() === '' && amount <= 100 && amount > 0
      ? { per: 'capacity', share: Math.round(amount * 100) }
      : null;
  const minutes = Math.round(amount * (unit === '' ? HOUR : (UNITS[unit] ?? Number.NaN)));
  if (!Number.isFinite(minutes) || minutes <= 0 || minutes > MOST_MINUTES) return null;
  const per = rest
    .trim()
    .replace(/^(\/|per |por |a |al |em |en |no )\s*/, '')
    .replace(/[.!]$/, '');
  if (per === '' || WEEK.has(per))
    return unit === 'd' && per === '' ? { per: 'total', minutes } : { per: 'week', minutes };
  if (DAILY.has(per)) return minutes <= 24 * HOUR ? { per: 'day', minutes } : null;
  return per === 'total' || per === 't' ? { per: 'total', minutes } : null;
}

const clock = (minutes: number) =>
  `${Math.floor(minutes / HOUR)}h${String(minutes % HOUR).padStart(2, '0')}`;

/** The shortest text, in the reader's own writing, that `parseEffort` reads back as the same effort. */
export function writeEffort(e: EffortBody, { t, f }: Words): string {
  if (e.per === 'capacity') return `${f.plain((e.share ?? 0) / 100)}%`;
  const minutes = e.minutes ?? 0;
  const hours = minutes % 3 === 0 ? `${f.plain(minutes / HOUR)}h` : clock(minutes);
  const { week, day, total } = t.unit.typed;
  return { week: `${hours}/${week}`, day: `${hours}/${day}`, total: `${hours} ${total}` }[e.per];
}
