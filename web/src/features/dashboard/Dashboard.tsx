import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { mayPlan } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Dashboard } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { DateInput } from '@/shared/form/DateInput';
import { isIso, toDay, toIso } from '@/shared/lib/days';
import { before, quarterOf, todayIn, weekOf, weeksFrom, type Period } from '@/shared/lib/period';
import { Empty, Waiting } from '@/shared/ui/primitives';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import ui from '@/shared/ui/ui.module.css';
import css from './dashboard.module.css';
import { Figures } from './Figures';
import { Lists } from './Lists';
import type { DashboardSearch } from './search';
import { WeekChart } from './WeekChart';

const FOUR = 4;

function usePeriod() {
  const { api } = useWorkspace();
  const search = useSearch({ from: '/w/$tenant/dashboard' }) as DashboardSearch;
  const settings = useQuery(api.q('get_settings', {}));
  const start = settings.data?.week_start ?? 'monday';
  const today = toDay(todayIn(settings.data?.time_zone ?? 'UTC'));
  const presets = {
    thisWeek: weekOf(today, start),
    fourWeeks: weeksFrom(today, FOUR, start),
    quarter: quarterOf(today),
  };
  const given =
    search.from && search.to && search.from <= search.to
      ? { from: toDay(search.from), to: toDay(search.to) }
      : null;
  return {
    period: given ?? presets.thisWeek,
    presets,
    ready: settings.isSuccess || settings.isError || given !== null,
    tentative: search.tentative === true,
  };
}

function useDashboard(period: Period, tentative: boolean, enabled: boolean) {
  const { api } = useWorkspace();
  const query = { from: toIso(period.from), to: toIso(period.to), with_tentative: tentative };
  return useQuery({
    ...api.q('dashboard', query),
    placeholderData: keepPreviousData,
    enabled,
  });
}

function Picker({
  period,
  presets,
  tentative,
}: Pick<ReturnType<typeof usePeriod>, 'period' | 'presets' | 'tentative'>) {
  const { t } = useI18n();
  const navigate = useNavigate();
  const set = (part: Partial<DashboardSearch>) =>
    void navigate({
      to: '.',
      search: (now: DashboardSearch) => ({ ...now, ...part }),
      replace: true,
    });
  const choose = (p: Period) => set({ from: toIso(p.from), to: toIso(p.to) });
  const same = (p: Period) => p.from === period.from && p.to === period.to;
  return (
    <div className={css.picker}>
      <div className={css.segments} role="group" aria-label={t.dashboard.period}>
        {(['thisWeek', 'fourWeeks', 'quarter'] as const).map((key) => (
          <button
            key={key}
            type="button"
            aria-pressed={same(presets[key])}
            onClick={() => choose(presets[key])}
          >
            {t.dashboard[key]}
          </button>
        ))}
      </div>
      <DateInput
        label={t.dashboard.from}
        unlabelled
        late
        value={toIso(period.from)}
        max={toIso(period.to)}
        set={(iso) =>
          isIso(iso) && choose({ from: toDay(iso), to: Math.max(period.to, toDay(iso)) })
        }
      />
      <span aria-hidden="true">–</span>
      <DateInput
        label={t.dashboard.to}
        unlabelled
        late
        value={toIso(period.to)}
        min={toIso(period.from)}
        set={(iso) =>
          isIso(iso) && choose({ from: Math.min(period.from, toDay(iso)), to: toDay(iso) })
        }
      />
      <label className={css.check}>
        <input
          type="checkbox"
          checked={tentative}
          onChange={(e) => set({ tentative: e.target.checked || undefined })}
        />
        {t.figure.withTentative}
      </label>
    </div>
  );
}

const nobody = (d: Dashboard) => Object.values(d.people).every((n) => n === 0);

export default function Dashboard() {
  const { t, f } = useI18n();
  const { tenant } = useWorkspace();
  useTitle(t.app.dashboard);
  const { period, presets, ready, tentative } = usePeriod();
  const now = useDashboard(period, tentative, ready);
  const past = useDashboard(before(period), tentative, ready);
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {t.app.dashboard} <span className={css.period}>{f.range(period.from, period.to)}</span>
        </h1>
        <Picker period={period} presets={presets} tentative={tentative} />
      </div>
      <ErrorNotice error={now.error} retry={() => void now.refetch()} />
      {now.isPending && !now.error && <Waiting />}
      {now.data && nobody(now.data) && (
        <Empty text={t.dashboard.noPeople}>
          {mayPlan(tenant.role) && (
            <Link to="/w/$tenant/people" params={{ tenant: tenant.slug }}>
              {t.dashboard.addPeople}
            </Link>
          )}
        </Empty>
      )}
      {now.data && !nobody(now.data) && (
        <div className={css.body} aria-busy={now.isPlaceholderData}>
          <Figures now={now.data} past={past.isPlaceholderData ? undefined : past.data} />
          <WeekChart weeks={now.data.by_week} />
          <Lists data={now.data} />
        </div>
      )}
    </div>
  );
}
