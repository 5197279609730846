import { useQuery } from '@tanstack/react-query';
import { useMatch, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { type RefObject } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { IconButton } from '@/shared/ui/primitives';
import { useSearchText } from '@/shared/ui/useSearchText';
import { PRESETS, ZOOM } from './measures';
import css from './schedule.module.css';
import type { ScheduleSearch } from './search';
import type { Viewport } from './viewport';

const PAN = 0.8;
const ZOOM_STEP = 1.4;

/** The filters and the view, all of them in the address. */
export function useView(): [ScheduleSearch, (part: Partial<ScheduleSearch>) => void] {
  const search = useSearch({ from: '/w/$tenant/schedule' }) as ScheduleSearch;
  const navigate = useNavigate();
  const router = useRouter();
  const here = useMatch({ from: '/w/$tenant/schedule', select: (match) => match.pathname });
  const set = (part: Partial<ScheduleSearch>) => {
    // Somebody on the way to another screen, whose code is waited for, is not called back.
    if (router.latestLocation.pathname.replace(/\/$/, '') !== here.replace(/\/$/, '')) return;
    void navigate({
      to: '.',
      search: (now: ScheduleSearch) => ({ ...now, ...part }),
      replace: true,
    });
  };
  return [search, set];
}

interface ToolbarProps {
  viewport: Viewport;
  zoom: number;
  today: number;
  find: RefObject<HTMLInputElement | null>;
  mayPlan: boolean;
  undo: () => void;
  redo: () => void;
  showKeys: () => void;
  /** What a project is called, where the schedule knows it. */
  nameOf: (projectId: string) => string | undefined;
}

/** A filter that came with a link: what it is, and a way out of it. */
function Chip({ kind, name, clear }: { kind: string; name: string; clear: () => void }) {
  const { t } = useI18n();
  return (
    <span className={css.chip}>
      {kind}: {name}
      <IconButton icon="close" label={t.schedule.clearFilter({ name })} onClick={clear} />
    </span>
  );
}

function Chips({ nameOf }: Pick<ToolbarProps, 'nameOf'>) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const [{ project_id: projectId, team_id: teamId }, set] = useView();
  const known = projectId && nameOf(projectId);
  const project = useQuery({
    ...api.q('get_project', { id: projectId ?? '' }),
    enabled: projectId !== undefined && !known,
  });
  const team = useQuery({
    ...api.q('get_team', { id: teamId ?? '' }),
    enabled: teamId !== undefined,
  });
  return (
    <>
      {projectId && (
        <Chip
          kind={t.schedule.project}
          name={known || (project.data?.name ?? '…')}
          clear={() => set({ project_id: undefined })}
        />
      )}
      {teamId && (
        <Chip
          kind={t.schedule.groupTeam}
          name={team.data?.name ?? '…'}
          clear={() => set({ team_id: undefined })}
        />
      )}
    </>
  );
}

function Find({ find }: { find: ToolbarProps['find'] }) {
  const { t } = useI18n();
  const [search, set] = useView();
  const [text, setText] = useSearchText(search.q ?? '', (q) => set({ q }));
  return (
    <input
      ref={find}
      type="search"
      value={text}
      placeholder={t.schedule.filter}
      aria-label={t.schedule.filter}
      onChange={(e) => setText(e.target.value)}
    />
  );
}

export function Toolbar({
  viewport,
  zoom,
  today,
  find,
  mayPlan,
  undo,
  redo,
  showKeys,
  nameOf,
}: ToolbarProps) {
  const { t } = useI18n();
  const [search, set] = useView();
  const presetText = {
    week: t.schedule.zoomWeek,
    month: t.schedule.zoomMonth,
    quarter: t.schedule.zoomQuarter,
    year: t.schedule.zoomYear,
  };
  return (
    <div className={css.tools}>
      <h1 className="visually-hidden">{t.app.schedule}</h1>
      <Find find={find} />
      <select
        aria-label={t.schedule.group}
        value={search.group ?? ''}
        onChange={(e) => set({ group: (e.target.value || undefined) as ScheduleSearch['group'] })}
      >
        <option value="">{t.schedule.groupNone}</option>
        <option value="team">{t.schedule.groupTeam}</option>
        <option value="role">{t.schedule.groupRole}</option>
      </select>
      <select
        aria-label={t.schedule.sort}
        value={search.sort ?? ''}
        onChange={(e) => set({ sort: (e.target.value || undefined) as ScheduleSearch['sort'] })}
      >
        <option value="">{t.schedule.sortName}</option>
        <option value="utilization">{t.schedule.sortUtilization}</option>
        <option value="role">{t.schedule.sortRole}</option>
      </select>
      <button
        type="button"
        className={css.plain}
        aria-pressed={search.overbooked === true}
        onClick={() => set({ overbooked: search.overbooked ? undefined : true })}
      >
        {t.schedule.onlyOverbooked}
      </button>
      <Chips nameOf={nameOf} />
      <span className={css.grow} />
      {mayPlan && <IconButton icon="undo" label={t.action.undo} onClick={undo} />}
      {mayPlan && <IconButton icon="redo" label={t.action.redo} onClick={redo} />}
      <IconButton icon="left" label={t.schedule.earlier} onClick={() => viewport.pan(-PAN)} />
      <button type="button" className={css.plain} onClick={() => viewport.showToday(today)}>
        {t.action.today}
      </button>
      <IconButton icon="right" label={t.schedule.later} onClick={() => viewport.pan(PAN)} />
      <IconButton
        icon="minus"
        label={t.schedule.zoomOut}
        onClick={() => viewport.setZoom(viewport.zoom / ZOOM_STEP)}
      />
      <div className={css.segments} role="group" aria-label={t.schedule.zoom}>
        {PRESETS.map((p) => (
          <button
            key={p}
            type="button"
            aria-pressed={Math.abs(zoom - ZOOM[p]) < 0.5}
            onClick={() => viewport.setZoom(ZOOM[p])}
          >
            {presetText[p]}
          </button>
        ))}
      </div>
      <IconButton
        icon="plus"
        label={t.schedule.zoomIn}
        onClick={() => viewport.setZoom(viewport.zoom * ZOOM_STEP)}
      />
      <IconButton
        icon="rows"
        label={`${t.schedule.density}: ${search.density === 'compact' ? t.schedule.compact : t.schedule.comfortable}`}
        aria-pressed={search.density === 'compact'}
        onClick={() => set({ density: search.density === 'compact' ? undefined : 'compact' })}
      />
      <IconButton icon="keys" label={t.schedule.keys} onClick={showKeys} />
    </div>
  );
}
