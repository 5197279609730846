import { useMemo, type RefObject } from 'react';
import { isConflict, OfflineError } from '@/shared/api/client';
import type { Command, AssignmentBar, ProjectLabel } from '@/shared/api/schema.gen';
import { noteStep, noteStepped } from '@/shared/api/steps';
import { useI18n } from '@/shared/i18n/i18n';
import { sayError } from '@/shared/i18n/problem';
import { sayWarning } from '@/shared/i18n/warning';
import { toDay, toIso } from '@/shared/lib/days';
import { omit } from '@/shared/lib/omit';
import { announce, toast } from '@/shared/ui/toasts';
import type { ScheduleData } from './data';
import { endOf } from './rows';
import { enteredCommands, NEW_BAR, splitCommands, type Draft, type Entered } from './draft';
import type { Hit, PointerHandlers } from './gestures';
import type { KeyboardHandlers } from './keyboard';
import type { Layout } from './layout';
import { ownerOf, type Owner } from './owner';
import type { Announcer, EditorState, Planner } from './planner';
import type { Viewport } from './viewport';

/** What the planner says, in the reader's language. */
export function useAnnouncer(tenant: string): Announcer {
  const words = useI18n();
  return useMemo(() => {
    const { t } = words;
    const refuse = (text: string, again?: () => void) => {
      const action = again && { text: t.action.retry, run: again };
      toast(text, { kind: 'refused', key: 'refused', action });
    };
    return {
      done: (text, about, undo, { warnings, nameOf }) => {
        const said = new Set(warnings.map((warning) => sayWarning(warning, words, nameOf)));
        noteStep(tenant, { text, place: window.location.pathname });
        toast([text, ...said].join(' · '), { undo, key: about });
      },
      refused: (error, again) => {
        if (error instanceof OfflineError) refuse(t.schedule.offline);
        else if (isConflict(error)) {
          const who = error.problem.changes?.[0]?.actor?.name;
          refuse(who ? t.schedule.changedBy({ who }) : t.schedule.changedMeanwhile, again);
        } else refuse(t.schedule.refused({ reason: sayError(error, words) }));
      },
      undone: (label, again) => {
        noteStepped(tenant, again ? 'redo' : 'undo');
        toast(again ? t.schedule.redone({ label }) : t.schedule.undone({ label }), {
          key: 'undone',
        });
      },
      others: (name) => announce(t.schedule.othersChange({ name })),
    };
  }, [tenant, words]);
}

interface Around {
  planner: Planner;
  data: ScheduleData;
  viewport: Viewport;
  layout: Layout;
  mayPlan: boolean;
  find: RefObject<HTMLInputElement | null>;
  showKeys: () => void;
  openOwner: (owner: Owner) => void;
  fold: (group: string) => void;
  loadEditor: () => Promise<unknown>;
}

interface Actions {
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
  save: (entered: Entered, project: ProjectLabel, person: string) => Promise<void>;
  removeOf: (e: EditorState) => (() => void) | null;
}

/** Everything a hand or a key can do to the plan. */
export function useActions(around: Around): Actions {
  const { planner, data, viewport, layout, mayPlan, find, loadEditor } = around;
  const { showKeys, openOwner, fold } = around;
  const { t, f } = useI18n();
  const nameOf = (id: string) => data.row(id)?.name ?? '';
  const projectOf = (id: string) => data.projects[id]?.name ?? '';
  const dates = (d: { start: number; end: number | null }) => f.range(d.start, d.end);
  const hint = (text: string) => toast(text, { kind: 'refused', key: 'hint' });
  const label = (d: Draft) => {
    const { origin } = d;
    if (!origin) return dates(d);
    const effort = f.effort(origin.effort, origin.weekdays);
    return `${projectOf(origin.project_id)} · ${dates(d)} · ${effort}`;
  };

  /** The cursor goes where a booking is that one has just had in hand, so that the next key means it. */
  const follow = (rowId: string, id: string, at: { start: number; end: number | null }) => {
    const item = layout.byOwner.get(rowId);
    const day = Math.min(Math.max(at.start, viewport.firstDay), at.end ?? Infinity);
    planner.set({ selected: id, ...(item !== undefined && { cursor: { item, day } }) });
  };
  const openBar = (owner: Owner, bar: AssignmentBar) => {
    void loadEditor();
    const end = endOf(bar);
    planner.set({
      selected: bar.id,
      editor: {
        mode: mayPlan ? 'edit' : 'look',
        owner,
        start: toDay(bar.start),
        end: end === Infinity ? null : end,
        assignment: bar,
      },
    });
  };
  const openNew = (owner: Owner, start: number, end = start + 4) => {
    void loadEditor();
    planner.hold(null);
    planner.set({ editor: { mode: 'create', owner, start, end, assignment: null } });
  };
  const drop = (d: Draft) => {
    if (!d.origin) return openNew(d.owner, d.start, d.end ?? d.start);
    const say = {
      move: t.schedule.moved,
      copy: t.schedule.copied,
      start: t.schedule.resized,
      end: t.schedule.resized,
      create: t.schedule.created,
    }[d.kind];
    const text = say({
      person: nameOf(d.owner.id),
      project: projectOf(d.origin.project_id),
      dates: dates(d),
    });
    follow(d.owner.id, planner.drop(d, text), d);
  };
  const remove = ({ id: rowId }: Owner, bar: AssignmentBar) => {
    const command = (): Command => ({
      op: 'delete',
      resource: 'assignments',
      id: bar.id,
      expect: planner.versionOf(bar),
    });
    const text = t.schedule.deleted({
      person: nameOf(rowId),
      project: projectOf(bar.project_id),
    });
    planner.set({ selected: null, editor: null });
    const commands = () => Promise.resolve([command()]);
    void planner.write(commands, () => data.patch(rowId, bar.id, null), [rowId], text);
  };
  const split = ({ id: rowId }: Owner, bar: AssignmentBar, day: number) => {
    if (day <= toDay(bar.start) || day > endOf(bar)) return hint(t.schedule.noSplit);
    const id = crypto.randomUUID();
    const text = t.schedule.split({
      person: nameOf(rowId),
      project: projectOf(bar.project_id),
      dates: f.dateShort(day),
    });
    const show = () => {
      data.patch(rowId, bar.id, { ...bar, end: toIso(day - 1) });
      data.patch(rowId, id, { ...bar, id, start: toIso(day) });
    };
    const commands = async () =>
      splitCommands(await planner.record(bar), planner.versionOf(bar), day, id);
    void planner.write(commands, show, [rowId], text);
  };
  const say: KeyboardHandlers['say'] = (what, draft) => {
    if (what === 'holding' || what === 'sizing')
      announce(
        t.schedule[what]({ label: draft ? `${nameOf(draft.owner.id)}, ${label(draft)}` : '' }),
      );
    else if (what === 'letGo') announce(t.schedule.letGo);
    else hint(t.schedule[what]);
  };
  const click = (hit: Hit) => {
    planner.set({
      cursor: { item: hit.item, day: Math.floor(hit.day) },
      selected: hit.bar?.id ?? null,
    });
    if (hit.bar) openBar(hit.owner, hit.bar);
  };
  const save = (entered: Entered, project: ProjectLabel, person: string) => {
    const { id, body } = entered;
    const to = ownerOf(body)?.id ?? '';
    const from = [...data.allRows()].find((p) => p.assignments.has(id))?.id ?? to;
    const before = data.row(from)?.assignments.get(id) ?? null;
    const show = () => {
      data.addProject(body.project_id, project);
      const tentative = body.status === 'tentative' || project.status === 'tentative';
      const lane = before && from === to ? before.lane : planner.freeLane(to, body);
      if (from !== to) data.patch(from, id, null);
      data.patch(to, id, {
        ...NEW_BAR,
        ...before,
        ...omit(body, 'person_id', 'placeholder_id', 'billable'),
        id,
        tentative,
        lane,
      });
    };
    const days = { start: toDay(body.start), end: body.end === null ? null : toDay(body.end) };
    const text =
      entered.version === null
        ? t.schedule.created({ person, project: project.name, dates: dates(days) })
        : t.schedule.changed({ person, project: project.name });
    const saved = planner.save(enteredCommands(entered), show, [...new Set([from, to])], text);
    return saved.then(() => follow(to, id, days));
  };
  const removeOf = (e: EditorState) => {
    const bar = e.assignment;
    return bar ? () => remove(e.owner, bar) : null;
  };
  return {
    pointerHandlers: { drop, click, label },
    keyboardHandlers: {
      openBar,
      openNew,
      remove,
      split,
      drop,
      say,
      findPeople: () => find.current?.focus(),
      showKeys,
      openOwner,
      fold,
    },
    save,
    removeOf,
  };
}
