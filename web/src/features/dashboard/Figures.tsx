import { Link } from '@tanstack/react-router';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Dashboard } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import css from './dashboard.module.css';

interface Figure {
  label: string;
  value: string;
  detail: string;
  change: string | null;
  search: Record<string, unknown>;
  danger?: boolean;
}

/** The four figures, each with its change in words, each a way to the people behind it. */
export function Figures({ now, past }: { now: Dashboard; past: Dashboard | undefined }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const inWords = (by: number, text: string) =>
    by === 0
      ? t.dashboard.same
      : t.dashboard.before({
          change: by > 0 ? t.dashboard.more({ by: text }) : t.dashboard.less({ by: text }),
        });
  const minutes = (pick: (d: Dashboard) => number) => {
    if (!past) return null;
    const by = pick(now) - pick(past);
    return inWords(by, f.hours(Math.abs(by)));
  };
  const points = () => {
    if (!past || now.utilization === null || past.utilization === null) return null;
    const by = Math.round((now.utilization - past.utilization) * 100);
    return inWords(by, t.dashboard.points({ n: Math.abs(by) }));
  };
  const date = now.from;
  const figures: Figure[] = [
    {
      label: t.figure.utilization,
      value: f.ratio(now.utilization),
      detail: `${t.figure.billable} ${f.ratio(now.billable_utilization)}`,
      change: points(),
      search: { date, sort: 'utilization' },
    },
    {
      label: t.figure.booked,
      value: f.hours(now.booked_minutes),
      detail: [
        t.dashboard.ofCapacity({ hours: f.hours(now.capacity_minutes) }),
        now.displaced_minutes > 0 && `${t.figure.displaced} ${f.hours(now.displaced_minutes)}`,
      ]
        .filter(Boolean)
        .join(' · '),
      change: minutes((d) => d.booked_minutes),
      search: { date },
    },
    {
      label: t.figure.idle,
      value: f.hours(now.idle_minutes),
      detail: `${t.figure.tentative} ${f.hours(now.tentative_minutes)}`,
      change: minutes((d) => d.idle_minutes),
      search: { date, sort: 'utilization' },
    },
    {
      label: t.figure.overtime,
      value: f.hours(now.overtime_minutes),
      detail: t.schedule.days({ n: now.overbooked.reduce((sum, o) => sum + o.days, 0) }),
      change: minutes((d) => d.overtime_minutes),
      search: { date, overbooked: true },
      danger: now.overtime_minutes > 0,
    },
  ];
  return (
    <ul className={css.figures}>
      {figures.map((figure) => (
        <li key={figure.label}>
          <Link
            to="/w/$tenant/schedule"
            params={{ tenant: tenant.slug }}
            search={figure.search}
            className={css.figure}
          >
            <span className={css.label}>{figure.label}</span>
            <span className={css.value} data-danger={figure.danger || undefined}>
              {figure.value}
            </span>
            <span className={css.detail}>{figure.detail}</span>
            <span className={css.detail}>{figure.change ?? '\u00a0'}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
