import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { hearLive } from '@/shared/api/liveBus';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { mayPlan as roleMayPlan } from '@/shared/api/useSession';
import { useTitle } from '@/shared/api/useTitle';
import { useI18n } from '@/shared/i18n/i18n';
import { lazyChunk } from '@/shared/lib/chunks';
import { toDay, toIso, today as todayNow } from '@/shared/lib/days';
import { weekOf, type WeekStart } from '@/shared/lib/period';
import { takeBack, useStepKeys } from '@/shared/resource/useSteps';
import { Loading } from '@/shared/ui/primitives';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { useCount } from './count';
import { ScheduleData, type Filters } from './data';
import { Chips, Nobody } from './Filters';
import { useFolds } from './folds';
import { Grid } from './Grid';
import { Keys } from './Keys';
import { topOf } from './layout';
import { ZOOM } from './measures';
import type { Owner } from './owner';
import { Planner } from './planner';
import { Popover, type Anchor } from './Popover';
import css from './schedule.module.css';
import { Toolbar } from './Toolbar';
import { useActions, useAnnouncer } from './useActions';
import { useKeptPlace, useLayout, useMeasures } from './useRows';
import { usePlaceholderForm } from './usePlaceholderForm';
import { useView } from './useView';
import { Viewport } from './viewport';

const loadEditor = () => import('./Editor');
const Editor = lazyChunk(loadEditor);
const PlaceholderForm = lazyChunk(() => import('./PlaceholderForm'));
const PERSON = '/w/$tenant/people/$id';
const YEARS = 6;
/** The popover's code is fetched before it is needed, for a server may be away by then. */
const EARLY_MS = 3000;

/** Keeps the first visible day and the zoom in the address, and asks who is in the visible period and for its utilization. */
function useSettled(viewport: Viewport, data: ScheduleData, planner: Planner): number {
  const [, set] = useView();
  const [zoom, setZoom] = useState(viewport.zoom);
  const write = useRef(set);
  useEffect(() => {
    write.current = set;
  });
  useEffect(() => {
    const settle = () => {
      setZoom(viewport.zoom);
      write.current({
        date: toIso(viewport.firstDay),
        zoom: viewport.zoom === ZOOM.quarter ? undefined : Math.round(viewport.zoom * 10) / 10,
      });
      // Rows stay where they are under a booking in hand.
      const followed = planner.getUi().held
        ? Promise.resolve()
        : data.follow(viewport.firstDay, viewport.lastDay);
      void followed.then(() => data.loadUtilization(viewport.firstDay, viewport.lastDay));
    };
    return viewport.onSettle(settle);
  }, [viewport, data, planner]);
  return zoom;
}

export default function Schedule() {
  const { api } = useWorkspace();
  const { t } = useI18n();
  useTitle(t.app.schedule);
  const settings = useQuery(api.q('get_settings', {}));
  // What is fetched and drawn is cut into the workspace's weeks, so they have to be known first.
  if (settings.isPending) return <p>{t.app.loading}</p>;
  return <Planned weekStart={settings.data?.week_start ?? 'monday'} />;
}

function Planned({ weekStart }: { weekStart: WeekStart }) {
  const { tenant, api } = useWorkspace();
  const { t } = useI18n();
  const [search] = useView();
  const today = useMemo(() => todayNow(), []);
  const mayPlan = roleMayPlan(tenant.role);
  const measures = useMeasures(search.density === 'compact');
  const { q, group, sort, overbooked, project_id, team_id, role, skill_id } = search;
  const filters: Filters = useMemo(
    () => ({ q, group, sort, overbooked, project_id, team_id, role, skill_id }),
    [q, group, sort, overbooked, project_id, team_id, role, skill_id],
  );
  const [folded, fold] = useFolds(tenant.id, group);

  const [start] = useState(() => ({
    day: search.date ? toDay(search.date) : null,
    zoom: search.zoom ?? ZOOM.quarter,
  }));
  const viewport = useMemo(() => {
    const first = weekOf(Math.min(today, start.day ?? today) - YEARS * 366, weekStart).from;
    const last = Math.max(today, start.day ?? today) + YEARS * 366;
    return new Viewport(first, last - first, start.zoom, weekStart);
  }, [today, start, weekStart]);
  const data = useMemo(() => new ScheduleData(api, filters, weekStart), [api, filters, weekStart]);
  const announcer = useAnnouncer(api.tenant);
  const planner = useMemo(() => new Planner(data, announcer), [data, announcer]);
  const layout = useLayout(data, measures, folded);
  const zoom = useSettled(viewport, data, planner);
  const ui = useSyncExternalStore(planner.subscribe, planner.getUi);
  const failure = useSyncExternalStore(data.subscribe, () => data.failure);
  const waiting = useSyncExternalStore(data.subscribe, () => data.waiting);
  const added = waiting ? data.added : 0;
  const loaded = useSyncExternalStore(data.subscribe, () => data.index !== null);
  const [keys, setKeys] = useState(false);
  const find = useRef<HTMLInputElement>(null);
  const scroll = useRef<HTMLElement | null>(null);

  useEffect(() => {
    data.reopen();
    void data
      .loadIndex(weekOf(viewport.firstDay, viewport.weekStart).from)
      .then(() => data.loadUtilization(viewport.firstDay, viewport.lastDay));
    planner.invalidateAll = () => {
      const ids = [...data.allRows()].map((row) => row.id);
      data.markStale(ids);
      void data.refresh(ids);
      void data.checkIndex();
    };
    const stop = hearLive(api.tenant, planner.hear);
    return () => {
      stop();
      data.close();
    };
  }, [data, planner, api.tenant, viewport]);

  useEffect(() => {
    const timer = setTimeout(() => void loadEditor().catch(() => undefined), EARLY_MS);
    return () => clearTimeout(timer);
  }, []);
  const undo = () => {
    if (mayPlan) takeBack(api.tenant, () => void planner.undo(), t);
  };
  const redo = () => {
    if (mayPlan) void planner.redo();
  };
  useStepKeys(undo, redo, true);

  useKeptPlace(layout, planner, scroll);
  // Rows that come into sight by an opened group have no utilization yet.
  useEffect(() => void data.refreshUtilization(), [data, folded]);
  const count = useCount(data);
  const navigate = useNavigate();
  const form = usePlaceholderForm(scroll, mayPlan);
  const { edit } = form;
  const openOwner = useCallback(
    ({ kind, id }: Owner) => {
      if (kind === 'placeholder') edit(id);
      else void navigate({ to: PERSON, params: { tenant: tenant.slug, id } });
    },
    [navigate, tenant.slug, edit],
  );
  const actions = useActions({
    planner,
    data,
    viewport,
    layout,
    mayPlan,
    find,
    showKeys: () => setKeys(true),
    openOwner,
    fold,
    loadEditor,
  });
  const attach = useCallback((element: HTMLElement | null) => {
    scroll.current = element;
  }, []);

  const anchor = (): Anchor => {
    const at = ui.editor && layout.byOwner.get(ui.editor.owner.id);
    const x = measures.pane + viewport.xOf(ui.editor?.start ?? 0) - viewport.scroll.left;
    const y = measures.axis - viewport.scroll.top;
    return {
      x: Math.max(measures.pane, x),
      top: y + topOf(layout, at ?? 0),
      bottom: y + topOf(layout, (at ?? 0) + 1),
    };
  };
  const { editor } = ui;
  // An answer that comes late closes no popover but its own.
  const closeEditor = () => {
    if (planner.getUi().editor === editor) planner.set({ editor: null });
  };
  const empty = loaded && layout.items.length === 0;

  return (
    <div className={css.screen}>
      <Toolbar
        data={data}
        viewport={viewport}
        zoom={zoom}
        today={today}
        find={find}
        mayPlan={mayPlan}
        addPlaceholder={form.add}
        undo={undo}
        redo={redo}
        showKeys={() => setKeys(true)}
      />
      <Chips />
      <div className={css.frame}>
        <Grid
          key={tenant.id}
          data={data}
          planner={planner}
          viewport={viewport}
          layout={layout}
          measures={measures}
          density={search.density ?? 'comfortable'}
          today={today}
          firstDay={start.day}
          mayPlan={mayPlan}
          count={count}
          pointerHandlers={actions.pointerHandlers}
          keyboardHandlers={actions.keyboardHandlers}
          openOwner={openOwner}
          addPlaceholder={form.add}
          fold={fold}
          attach={attach}
        />
        {waiting && (
          <div className={css.notice} role="status">
            {added > 0 ? t.schedule.peopleAdded({ n: added }) : t.schedule.staleOrder}
            <button type="button" className="text-button" onClick={() => data.acceptOrder()}>
              {added > 0 ? t.schedule.show : t.schedule.refresh}
            </button>
          </div>
        )}
        {failure !== null && (
          <div className={css.middle}>
            <ErrorNotice error={failure} retry={() => void data.retry()} />
          </div>
        )}
        {empty && (
          <div className={css.middle}>
            <div className={css.nobody}>
              <Nobody />
            </div>
          </div>
        )}
        {ui.editor && (
          <Popover
            key={`${ui.editor.owner.id}/${ui.editor.start}/${ui.editor.assignment?.id ?? ''}`}
            anchor={anchor}
            onMove={viewport.onMove}
            label={ui.editor.assignment ? t.schedule.editBooking : t.schedule.newBooking}
            close={closeEditor}
          >
            <Suspense fallback={<Loading />}>
              <Editor
                state={ui.editor}
                data={data}
                planner={planner}
                close={closeEditor}
                save={actions.save}
                remove={actions.removeOf(ui.editor)}
              />
            </Suspense>
          </Popover>
        )}
        {form.open !== undefined && (
          <Suspense fallback={null}>
            <PlaceholderForm {...form} planner={planner} id={form.open} />
          </Suspense>
        )}
        {keys && (
          <Popover
            anchor={() => ({ x: measures.pane, top: 0, bottom: measures.axis })}
            label={t.schedule.keys}
            close={() => setKeys(false)}
          >
            <Keys mayPlan={mayPlan} />
            <button type="button" className={css.plain} onClick={() => setKeys(false)}>
              {t.action.close}
            </button>
          </Popover>
        )}
      </div>
    </div>
  );
}
