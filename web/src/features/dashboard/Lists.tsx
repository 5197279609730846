import { Link } from '@tanstack/react-router';
import type { CSSProperties, ReactNode } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Dashboard } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { Swatch } from '@/shared/ui/primitives';
import ui from '@/shared/ui/ui.module.css';
import css from './dashboard.module.css';

const MOST = 8;

function Panel({
  title,
  empty,
  children,
}: {
  title: string;
  empty?: string | false;
  children: ReactNode;
}) {
  return (
    <section className={ui.panel}>
      <h2>{title}</h2>
      {empty ? <p className={ui.hint}>{empty}</p> : <ul className={css.list}>{children}</ul>}
    </section>
  );
}

const bar = (share: number) => ({ '--share': `${Math.min(100, share * 100)}%` }) as CSSProperties;

export function Lists({ data }: { data: Dashboard }) {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  const params = { tenant: tenant.slug };
  const people = data.people;
  const states = [
    [t.dashboard.fullyIdle, people.fully_idle],
    [t.dashboard.partlyIdle, people.partly_idle],
    [t.dashboard.fullyBusy, people.fully_busy],
    [t.dashboard.noCapacity, people.no_capacity],
  ] as const;
  const everybody = states.reduce((sum, [, n]) => sum + n, 0);
  const mostIdle = Math.max(1, ...data.by_role.map((r) => r.idle_minutes));
  // Who has most time comes first, not who is first by the alphabet.
  const idlest = [...data.by_role].sort((a, b) => b.idle_minutes - a.idle_minutes).slice(0, MOST);
  const mostBooked = Math.max(
    1,
    ...data.projects.map((p) => p.booked_minutes + p.tentative_minutes),
  );
  return (
    <div className={ui.columns}>
      <Panel title={t.dashboard.people}>
        {states.map(([label, n]) => (
          <li key={label} className={css.item} style={bar(n / Math.max(1, everybody))}>
            <Link
              to="/w/$tenant/schedule"
              params={params}
              search={{ date: data.from, sort: 'utilization' }}
              className={ui.link}
            >
              {label}
            </Link>
            <span className={css.number}>{f.number(n)}</span>
          </li>
        ))}
      </Panel>
      <Panel title={t.dashboard.byRole}>
        {idlest.map((r) => (
          <li key={r.job_title ?? ''} className={css.item} style={bar(r.idle_minutes / mostIdle)}>
            <Link
              to="/w/$tenant/schedule"
              params={params}
              search={{ date: data.from, group: 'role' }}
              className={ui.link}
            >
              {r.job_title ?? t.dashboard.noRole}
            </Link>
            <span className={css.number}>{f.hours(r.idle_minutes)}</span>
          </li>
        ))}
      </Panel>
      <Panel
        title={t.dashboard.overbooked}
        empty={data.overbooked.length === 0 && t.dashboard.nobodyOverbooked}
      >
        {data.overbooked.slice(0, MOST).map((o) => (
          <li key={o.person_id} className={css.item}>
            <Link
              to="/w/$tenant/schedule"
              params={params}
              search={{ date: o.first_day, q: o.full_name }}
              className={ui.link}
            >
              {o.full_name}
            </Link>
            <span className={css.over}>
              ▲ {t.dashboard.overbookedDays({ n: o.days, hours: f.hours(o.overtime_minutes) })}
            </span>
          </li>
        ))}
      </Panel>
      <Panel
        title={t.dashboard.displaced}
        empty={data.displaced.length === 0 && t.dashboard.nothingDisplaced}
      >
        {data.displaced.slice(0, MOST).map((d) => (
          <li key={`${d.person_id}/${d.project_id}`} className={css.item}>
            <Link
              to="/w/$tenant/schedule"
              params={params}
              search={{ date: d.from, q: d.full_name }}
              className={ui.link}
            >
              {d.full_name} · {d.name}
            </Link>
            <span className={css.number}>{f.hours(d.minutes)}</span>
          </li>
        ))}
      </Panel>
      <Panel
        title={t.dashboard.becomingFree}
        empty={data.becoming_free.length === 0 && t.dashboard.nobodyFree}
      >
        {data.becoming_free.slice(0, MOST).map((p) => (
          <li key={p.person_id} className={css.item}>
            <Link
              to="/w/$tenant/people/$id"
              params={{ ...params, id: p.person_id }}
              className={ui.link}
            >
              {p.full_name}
            </Link>
            <span className={css.number}>
              {t.dashboard.freeFrom({ date: f.dateShort(toDay(p.date)) })}
            </span>
          </li>
        ))}
      </Panel>
      <Panel
        title={t.dashboard.projects}
        empty={data.projects.length === 0 && t.dashboard.noProjects}
      >
        {data.projects.slice(0, MOST).map((p) => (
          <li
            key={p.project_id}
            className={css.item}
            style={bar((p.booked_minutes + p.tentative_minutes) / mostBooked)}
          >
            <Link
              to="/w/$tenant/projects/$id"
              params={{ ...params, id: p.project_id }}
              className={ui.link}
            >
              <Swatch colour={p.colour} />
              {p.name}
            </Link>
            <span className={css.number}>
              {f.hours(p.booked_minutes)}
              {p.tentative_minutes > 0 && <small> + {f.hours(p.tentative_minutes)}</small>}
              {p.displaced_minutes > 0 && (
                <small title={t.figure.displaced}> − {f.hours(p.displaced_minutes)}</small>
              )}
            </span>
          </li>
        ))}
      </Panel>
    </div>
  );
}
