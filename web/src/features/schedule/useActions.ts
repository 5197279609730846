import { useMemo, type RefObject } from 'react';
import { OfflineError } from '@/shared/api/client';
import type { Command, AssignmentBar, ProjectLabel } from '@/shared/api/schema.gen';
import { noteStep, noteStepped } from '@/shared/api/steps';
import { useI18n } from '@/shared/i18n/i18n';
import { sayError } from '@/shared/i18n/problem';
import { sayWarning } from '@/shared/i18n/warning';
import { toDay, toIso } from '@/shared/lib/days';
import { omit } from '@/shared/lib/omit';
import { announce, toast } from '@/shared/ui/toasts';
import { endOf, type ScheduleData } from './data';
import { enteredCommands, NEW_BAR, splitCommands, type Draft, type Entered } from './draft';
import type { Hit, PointerHandlers } from './gestures';
import type { KeyboardHandlers } from './keyboard';
import { isStaleDrop, type EditorState, type Planner, type Announcer } from './planner';

/** What the planner says, in the reader's language. */
export function useAnnouncer(tenant: string): Announcer {
  const words = useI18n();
  return useMemo(() => {
    const { t } = words;
    const refuse = (text: string) => toast(text, { kind: 'refused', key: 'refused' });
    return {
      done: (text, about, undo, { warnings, nameOf }) => {
        const said = new Set(warnings.map((warning) => sayWarning(warning, words, nameOf)));
        noteStep(tenant, { text, place: window.location.pathname });
        toast([text, ...said].join(' · '), { undo, key: about });
      },
      refused: (error) => {
        if (error instanceof OfflineError) refuse(t.schedule.offline);
        else if (isStaleDrop(error)) refuse(t.schedule.refusedChanged);
        else refuse(t.schedule.refused({ reason: sayError(error, words) }));
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
  find: RefObject<HTMLInputElement | null>;
  showKeys: () => void;
  loadEditor: () => Promise<unknown>;
}

interface Actions {
  pointerHandlers: Pick<PointerHandlers, 'drop' | 'click' | 'label'>;
  keyboardHandlers: Pick<
    KeyboardHandlers,
    'openBar' | 'openNew' | 'remove' | 'split' | 'drop' | 'say' | 'findPeople' | 'showKeys'
  >;
  save: (entered: Entered, project: ProjectLabel) => Promise<boolean>;
  removeOf: (e: EditorState) => (() => void) | null;
}

/** Everything a hand or a key can do to the plan. */
export function useActions({ planner, data, find, showKeys, loadEditor }: Around): Actions {
  const { t, f } = useI18n();
  const nameOf = (id: string) => data.person(id)?.name ?? '';
  const projectOf = (id: string) => data.projects[id]?.name ?? '';
  const dates = (d: { start: number; end: number | null }) => f.range(d.start, d.end);
  const label = (d: Draft) => (d.origin ? `${dates(d)} · ${f.effort(d.origin.effort)}` : dates(d));

  const openBar = (personId: string, bar: AssignmentBar) => {
    void loadEditor();
    const end = endOf(bar);
    planner.set({
      selected: bar.id,
      editor: {
        mode: 'edit',
        personId,
        start: toDay(bar.start),
        end: end === Infinity ? null : end,
        assignment: bar,
      },
    });
  };
  const openNew = (personId: string, start: number, end = start + 4) => {
    void loadEditor();
    planner.hold(null);
    planner.set({ editor: { mode: 'create', personId, start, end, assignment: null } });
  };
  const drop = (d: Draft) => {
    if (!d.origin) return openNew(d.personId, d.start, d.end ?? d.start);
    const say = {
      move: t.schedule.moved,
      copy: t.schedule.copied,
      start: t.schedule.resized,
      end: t.schedule.resized,
      create: t.schedule.created,
    }[d.kind];
    planner.drop(
      d,
      say({ person: nameOf(d.personId), project: projectOf(d.origin.project_id), dates: dates(d) }),
    );
  };
  const remove = (personId: string, bar: AssignmentBar) => {
    const command: Command = {
      op: 'delete',
      resource: 'assignments',
      id: bar.id,
      expect: bar.version,
    };
    const text = t.schedule.deleted({
      person: nameOf(personId),
      project: projectOf(bar.project_id),
    });
    planner.set({ selected: null, editor: null });
    void planner.write([command], () => data.patch(personId, bar.id, null), [personId], text);
  };
  const split = (personId: string, bar: AssignmentBar, day: number) => {
    if (day <= toDay(bar.start) || day > endOf(bar)) return announce(t.schedule.noBar);
    const id = crypto.randomUUID();
    const text = t.schedule.split({
      person: nameOf(personId),
      project: projectOf(bar.project_id),
      dates: f.dateShort(day),
    });
    const show = () => {
      data.patch(personId, bar.id, { ...bar, end: toIso(day - 1) });
      data.patch(personId, id, { ...bar, id, start: toIso(day) });
    };
    const commands = async () => splitCommands(await planner.record(bar), bar.version, day, id);
    void planner.write(commands, show, [personId], text);
  };
  const say: KeyboardHandlers['say'] = (what, draft) => {
    if (what === 'holding' || what === 'sizing')
      announce(
        t.schedule[what]({ label: draft ? `${nameOf(draft.personId)}, ${label(draft)}` : '' }),
      );
    else announce(t.schedule[what]);
  };
  const click = (hit: Hit) => {
    planner.set({
      cursor: { item: hit.item, day: Math.floor(hit.day) },
      selected: hit.bar?.id ?? null,
    });
    if (hit.bar) openBar(hit.personId, hit.bar);
  };
  const save = (entered: Entered, project: ProjectLabel) => {
    const { id, body } = entered;
    const to = body.person_id;
    const before =
      planner.getUi().editor?.assignment ?? data.person(to)?.assignments.get(id) ?? null;
    const from = [...data.everybody()].find((p) => p.assignments.has(id))?.id ?? to;
    const show = () => {
      data.addProject(body.project_id, project);
      const tentative = body.status === 'tentative' || project.status === 'tentative';
      const lane = before && from === to ? before.lane : planner.freeLane(to, body);
      if (from !== to) data.patch(from, id, null);
      data.patch(to, id, {
        ...NEW_BAR,
        ...before,
        ...omit(body, 'person_id', 'billable'),
        id,
        tentative,
        lane,
      });
    };
    const person = nameOf(to);
    const dates = f.range(toDay(body.start), body.end === null ? null : toDay(body.end));
    const text =
      entered.version === null
        ? t.schedule.created({ person, project: project.name, dates })
        : t.schedule.changed({ person, project: project.name });
    // What was just planned is what the next key means.
    planner.set({ selected: id });
    return planner.write(enteredCommands(entered), show, [...new Set([from, to])], text);
  };
  const removeOf = (e: EditorState) => {
    const bar = e.assignment;
    return bar ? () => remove(e.personId, bar) : null;
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
    },
    save,
    removeOf,
  };
}
