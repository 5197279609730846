import { type RefObject } from 'react';
import { useI18n } from '@/shared/i18n/i18n';
import { IconButton } from '@/shared/ui/primitives';
import { useSearchText } from '@/shared/ui/useSearchText';
import type { ScheduleData } from './data';
import { FilterButton } from './Filters';
import { PRESETS, ZOOM } from './measures';
import css from './schedule.module.css';
import type { ScheduleSearch } from './search';
import { useView } from './useView';
import type { Viewport } from './viewport';

const PAN = 0.8;
const ZOOM_STEP = 1.4;

interface ToolbarProps {
  data: ScheduleData;
  viewport: Viewport;
  zoom: number;
  today: number;
  find: RefObject<HTMLInputElement | null>;
  mayPlan: boolean;
  /** Null for those who may not. */
  addPlaceholder: (() => void) | null;
  undo: () => void;
  redo: () => void;
  showKeys: () => void;
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
  data,
  viewport,
  zoom,
  today,
  find,
  mayPlan,
  addPlaceholder,
  undo,
  redo,
  showKeys,
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
      <FilterButton data={data} viewport={viewport} />
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
      <span className={css.grow} />
      {addPlaceholder && <IconButton icon="vacancy" label={t.staff.add} onClick={addPlaceholder} />}
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
