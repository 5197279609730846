import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
  type CSSProperties,
} from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Words } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { toDay } from '@/shared/lib/days';
import { Axis } from './Axis';
import { slotsBetween, slotStart } from './blocks';
import type { ScheduleData } from './data';
import type { Cell } from './rows';
import { Gestures, type PointerHandlers } from './gestures';
import { Ghost } from './ghost';
import { Keyboard, type KeyboardHandlers } from './keyboard';
import { Group, groupId } from './Group';
import {
  fullHeight,
  groupEnd,
  groupOf,
  heightOf,
  itemAt,
  topOf,
  type Item,
  type Layout,
} from './layout';
import { Cursor, Held } from './Marks';
import type { Measures } from './measures';
import type { Owner } from './owner';
import type { Planner } from './planner';
import { cellId, Row } from './Row';
import barCss from './bars.module.css';
import css from './grid.module.css';
import type { Viewport } from './viewport';

interface GridProps {
  data: ScheduleData;
  planner: Planner;
  viewport: Viewport;
  layout: Layout;
  measures: Measures;
  density: 'comfortable' | 'compact';
  today: number;
  firstDay: number | null;
  mayPlan: boolean;
  /** What the pointer and the keys may do, beside moving things on the screen. */
  pointerHandlers: Pick<PointerHandlers, 'drop' | 'click' | 'label'>;
  keyboardHandlers: Pick<
    KeyboardHandlers,
    | 'openBar'
    | 'openNew'
    | 'openOwner'
    | 'remove'
    | 'split'
    | 'drop'
    | 'say'
    | 'findPeople'
    | 'showKeys'
    | 'fold'
  >;
  /** How many people there are, in words; null until that is known. */
  count: string | null;
  openOwner: (owner: Owner) => void;
  /** Adds a placeholder; null for those who may not. */
  addPlaceholder: (() => void) | null;
  /** Folds a group, or opens it again. */
  fold: (group: string) => void;
  attach: (element: HTMLElement | null) => void;
}

/** The latest value, for handlers that outlive a render. */
function useLatest<T>(value: T) {
  const ref = useRef(value);
  useLayoutEffect(() => {
    ref.current = value;
  });
  return ref;
}

function useWiring(
  props: GridProps,
  box: React.RefObject<HTMLDivElement | null>,
  ghost: React.RefObject<HTMLDivElement | null>,
  dropRow: React.RefObject<HTMLDivElement | null>,
) {
  const latest = useLatest(props);
  const keyboard = useRef<Keyboard>(null);
  const { viewport, planner, data } = props;
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !ghost.current || !dropRow.current) return;
    const now = () => latest.current;
    const detach = viewport.attach(element, now().measures.pane, now().firstDay, now().today);
    const gestures = new Gestures(element, {
      viewport,
      data,
      ghost: new Ghost(ghost.current, dropRow.current),
      layout: () => now().layout,
      measures: () => now().measures,
      mayPlan: () => now().mayPlan,
      hold: (d) => planner.hold(d),
      drop: (d) => now().pointerHandlers.drop(d),
      click: (h, s) => now().pointerHandlers.click(h, s),
      label: (d) => now().pointerHandlers.label(d),
    });
    const reveal = (item: number, day: number) => {
      const l = now().layout;
      // The header of its group lies over what is at the top.
      const group = groupOf(l, item);
      const header = group !== -1 && group !== item;
      const top = topOf(l, item) - (header ? now().measures.group : 0);
      viewport.reveal(day, top, topOf(l, item) + heightOf(l, item), now().measures.axis);
    };
    keyboard.current = new Keyboard({
      planner,
      data,
      viewport,
      layout: () => now().layout,
      today: now().today,
      mayPlan: () => now().mayPlan,
      reveal,
      openBar: (...a) => now().keyboardHandlers.openBar(...a),
      openNew: (...a) => now().keyboardHandlers.openNew(...a),
      openOwner: (...a) => now().keyboardHandlers.openOwner(...a),
      remove: (...a) => now().keyboardHandlers.remove(...a),
      split: (...a) => now().keyboardHandlers.split(...a),
      drop: (d) => now().keyboardHandlers.drop(d),
      say: (...a) => now().keyboardHandlers.say(...a),
      findPeople: () => now().keyboardHandlers.findPeople(),
      showKeys: () => now().keyboardHandlers.showKeys(),
      fold: (...a) => now().keyboardHandlers.fold(...a),
    });
    return () => {
      gestures.destroy();
      detach();
    };
  }, [viewport, planner, data, box, ghost, dropRow, latest]);
  useEffect(() => viewport.setPane(props.measures.pane), [viewport, props.measures.pane]);
  return keyboard;
}

export function Grid(props: GridProps) {
  const { data, planner, viewport, layout, measures, today } = props;
  const { t, f } = useI18n();
  const words: Words = useMemo(() => ({ t, f }), [t, f]);
  const box = useRef<HTMLDivElement>(null);
  const ghost = useRef<HTMLDivElement>(null);
  const dropRow = useRef<HTMLDivElement>(null);
  const keyboard = useWiring(props, box, ghost, dropRow);
  const range = useSyncExternalStore(viewport.subscribe, viewport.getRange);
  const version = useSyncExternalStore(data.subscribe, data.getVersion);
  const ui = useSyncExternalStore(planner.subscribe, planner.getUi);
  const slots = useMemo(
    () => slotsBetween(range.bucket, range.from, range.to, viewport.weekStart),
    [range.bucket, range.from, range.to, viewport.weekStart],
  );

  const [first, last] = useMemo(
    () => [Math.max(0, itemAt(layout, range.top)), Math.max(0, itemAt(layout, range.bottom))],
    [layout, range.top, range.bottom],
  );
  useEffect(() => {
    const seen = layout.items.slice(first, last + 1);
    const rows = seen.flatMap((item) => (item.kind === 'person' ? item.index : []));
    const staff = seen.flatMap((item) => (item.kind === 'placeholder' ? item.id : []));
    if (rows.length + staff.length > 0)
      data.want({
        rows,
        staff,
        from: range.from,
        to: range.to,
        bucket: range.bucket,
      });
  }, [data, layout, first, last, range.from, range.to, range.bucket]);

  const holidays = useMemo(() => {
    const found = new Map<number, string>();
    for (const p of data.allRows())
      for (const h of [...p.holidays.values(), ...p.workedDays.values()]) {
        const before = found.get(toDay(h.date));
        const known = before?.split(' · ').includes(h.name);
        if (!known) found.set(toDay(h.date), before ? `${before} · ${h.name}` : h.name);
      }
    return found;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the version says when the store's people changed
  }, [data, version]);

  const shown = layout.items.slice(first, last + 1).map((item, i) => ({ item, at: first + i }));
  // The header of the group at the top stays in sight over its rows.
  const above = groupOf(layout, first);
  if (above !== -1 && above < first)
    shown.unshift({ item: layout.items[above] as Item, at: above });
  const active = ui.cursor && layout.items[ui.cursor.item] ? ui.cursor.item : null;
  // The active row stays mounted, so that the cell a screen reader stands on does not vanish.
  if (active !== null && active !== above && (active < first || active > last))
    shown.push({ item: layout.items[active] as Item, at: active });
  const cursorCell = !ui.cursor
    ? undefined
    : layout.items[ui.cursor.item]?.kind === 'group'
      ? groupId(ui.cursor.item)
      : cellId(ui.cursor.item, slotStart(range.bucket, ui.cursor.day, viewport.weekStart));
  const { tenant } = useWorkspace();
  const pages = `/w/${tenant.slug}/people/`;
  const toggle = useCallback((id: string) => data.toggle(id), [data]);
  const heldLabel = ui.held ? props.pointerHandlers.label(ui.held) : '';

  return (
    <div
      ref={(element) => {
        box.current = element;
        props.attach(element);
      }}
      className={css.scroll}
      role="grid"
      aria-label={t.schedule.grid}
      aria-rowcount={layout.items.length + 1}
      aria-colcount={slots.length + 1}
      aria-readonly={!props.mayPlan}
      aria-activedescendant={cursorCell}
      tabIndex={0}
      onKeyDown={(e) => {
        if (e.target === box.current && keyboard.current?.press(e.nativeEvent)) e.preventDefault();
      }}
      onFocus={(e) => {
        const at =
          e.target === box.current && !ui.cursor && e.currentTarget.matches(':focus-visible')
            ? keyboard.current?.place()
            : null;
        if (at) planner.set({ cursor: { item: at.item, day: at.day } });
      }}
    >
      <div
        className={css.canvas}
        role="presentation"
        data-density={props.density}
        style={
          {
            '--days': viewport.days,
            '--full': fullHeight(layout),
            '--m-pane': measures.pane,
            '--m-axis': measures.axis,
            '--m-lane': measures.lane,
            '--m-bar': measures.bar,
            '--m-top': measures.top,
            '--m-strip': measures.strip,
            '--m-group': measures.group,
          } as CSSProperties
        }
      >
        <div ref={dropRow} className={barCss.dropRow} hidden role="presentation" />
        <div className={css.backdrop} data-bucket={range.bucket} role="presentation" />
        <div className={css.paneGround} role="presentation">
          <div />
        </div>
        <Axis
          range={range}
          slots={slots}
          origin={viewport.origin}
          today={today}
          words={words}
          holidays={holidays}
          corner={props.count ?? t.schedule.person}
        />
        <div
          className={css.today}
          style={{ '--s': today - viewport.origin } as CSSProperties}
          role="presentation"
        />
        {shown.map(({ item, at }) => {
          if (item.kind !== 'group') {
            return (
              <Row
                key={item.id}
                kind={item.kind}
                id={item.id}
                row={at}
                top={topOf(layout, at)}
                height={heightOf(layout, at)}
                origin={viewport.origin}
                data={data.row(item.id)}
                utilization={data.utilization.get(item.id)}
                range={range}
                slots={slots}
                projects={data.projects}
                words={words}
                selected={ownedBy(data, item.id, ui.selected)}
                dimmed={
                  ui.held?.kind !== 'copy'
                    ? ownedBy(data, item.id, ui.held?.origin?.id ?? null)
                    : null
                }
                flashes={anyOwned(data, item.id, ui.flashes)}
                preview={ui.preview.get(item.id) ?? NO_PREVIEW}
                lanes={data.laneCount(item.id)}
                most={data.lanesShown(item.id)}
                toggle={toggle}
                pages={pages}
                openOwner={item.kind === 'person' || props.mayPlan ? props.openOwner : undefined}
              />
            );
          }
          return (
            <Group
              key={`g-${item.key}`}
              item={item}
              row={at}
              top={topOf(layout, at)}
              height={groupEnd(layout, at) - topOf(layout, at)}
              by={data.filters.group}
              active={active === at}
              words={words}
              fold={props.fold}
              add={props.addPlaceholder}
            />
          );
        })}
        <Cursor ui={ui} layout={layout} viewport={viewport} />
        {ui.held && ui.byKeys && (
          <Held draft={ui.held} layout={layout} viewport={viewport} label={heldLabel} />
        )}
        {ui.editor?.mode === 'create' && (
          <Held
            draft={{ ...NEW, ...ui.editor, from: ui.editor.owner }}
            layout={layout}
            viewport={viewport}
            label={f.range(ui.editor.start, ui.editor.end)}
          />
        )}
        <div ref={ghost} className={barCss.ghost} hidden role="presentation">
          <span />
        </div>
      </div>
    </div>
  );
}

/** What is being planned in the popover. */
const NEW = { kind: 'create', origin: null } as const;
const NO_PREVIEW: ReadonlyMap<string, Cell> | null = null;
const ownedBy = (data: ScheduleData, rowId: string, id: string | null) =>
  id && data.row(rowId)?.assignments.has(id) ? id : null;
const anyOwned = (data: ScheduleData, rowId: string, flashes: ReadonlyMap<string, string>) =>
  flashes.size > 0 && [...flashes.keys()].some((id) => data.row(rowId)?.assignments.has(id))
    ? flashes
    : null;
