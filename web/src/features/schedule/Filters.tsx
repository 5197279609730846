/** Who has a row: the panel that says it, and what is set. */
import { Suspense, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { mayPlan } from '@/shared/api/useSession';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { lazyChunk } from '@/shared/lib/chunks';
import { useRecordName } from '@/shared/resource/records';
import { Empty, IconButton, Loading } from '@/shared/ui/primitives';
import { usePanel } from '@/shared/ui/usePanel';
import type { ScheduleData } from './data';
import css from './filters.module.css';
import plain from './schedule.module.css';
import { FILTERS, isFiltered, NO_FILTERS, type FilterName } from './search';
import { useView } from './useView';
import type { Viewport } from './viewport';

const FilterPanel = lazyChunk(() => import('./FilterPanel'));

export interface FilterSources {
  data: ScheduleData;
  viewport: Viewport;
}

/** The button and its panel. */
export function FilterButton(sources: FilterSources) {
  const { t } = useI18n();
  const [search] = useView();
  const { open, toggle, close, box, button } = usePanel();
  const set = FILTERS.filter((name) => name !== 'q' && search[name]).length;
  return (
    <div ref={box} className={css.box}>
      <button
        ref={button}
        type="button"
        className={plain.plain}
        aria-expanded={open}
        data-on={set > 0 || undefined}
        onClick={toggle}
      >
        {set > 0 ? t.filters.openSet({ n: set }) : t.filters.open}
      </button>
      {open && (
        <div className={css.panel} role="group" aria-label={t.filters.open}>
          <Suspense fallback={<Loading />}>
            <FilterPanel {...sources} close={close} />
          </Suspense>
        </div>
      )}
    </div>
  );
}

/** What each filter that is set is called. */
function useSet(): { name: FilterName; kind: string; text: string }[] {
  const { t } = useI18n();
  const [search] = useView();
  const { team_id = '', role, skill_id = '', project_id = '', q } = search;
  const found = (name: string | undefined) => name ?? '…';
  const texts: Record<FilterName, [kind: string, text: string]> = {
    q: [t.filters.text, `“${q}”`],
    team_id: [t.schedule.groupTeam, found(useRecordName('team', team_id))],
    role: [t.schedule.groupRole, role ?? ''],
    skill_id: [t.filters.skill, found(useRecordName('skill', skill_id))],
    project_id: [t.schedule.project, found(useRecordName('project', project_id))],
    overbooked: [t.schedule.onlyOverbooked, ''],
  };
  return FILTERS.filter((name) => search[name]).map((name) => {
    const [kind, text] = texts[name];
    return { name, kind, text };
  });
}

const said = ({ kind, text }: { kind: string; text: string }) => (text ? `${kind}: ${text}` : kind);

/** What is set, each with a way out of it; what was typed stands in its own field. */
export function Chips() {
  const { t } = useI18n();
  const [, set] = useView();
  const chips = useSet().filter(({ name }) => name !== 'q');
  if (chips.length === 0) return null;
  return (
    <div className={css.chips} role="group" aria-label={t.filters.set}>
      {chips.map((chip) => (
        <span key={chip.name} className={css.chip}>
          {said(chip)}
          <IconButton
            icon="close"
            label={t.schedule.clearFilter({ name: chip.text || chip.kind })}
            onClick={() => set({ [chip.name]: undefined })}
          />
        </span>
      ))}
      <button type="button" className="text-button" onClick={() => set(NO_FILTERS)}>
        {t.filters.clearAll}
      </button>
    </div>
  );
}

/** In the place of rows: why there are none, and what to do about it. */
export function Nobody(): ReactNode {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const [search, set] = useView();
  const filters = useSet().map(said).join(' · ');
  if (isFiltered(search))
    return (
      <Empty text={t.filters.noMatch({ filters })}>
        <button type="button" className={plain.plain} onClick={() => set(NO_FILTERS)}>
          {t.filters.clear}
        </button>
      </Empty>
    );
  return (
    <Empty text={t.schedule.empty}>
      {mayPlan(tenant.role) && (
        <Link to="/w/$tenant/people" params={{ tenant: tenant.slug }}>
          {t.schedule.addPeople}
        </Link>
      )}
    </Empty>
  );
}
