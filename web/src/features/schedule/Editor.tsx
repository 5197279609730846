import '@/shared/ui/select.css';
import { Button, Checkbox, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Command, ProjectLabel } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso, monday, toIso } from '@/shared/lib/days';
import { parseEffort, writeEffort } from '@/shared/lib/effort';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { askRows, cellsOf, type ScheduleData } from './data';
import type { EditorState, Planner } from './planner';
import css from './schedule.module.css';

const NEW = 'new:';
/** The palette's grey, until the server has chosen a new project's colour. */
const SLATE = 11;
const LAST_PROJECT = 'raally-last-project';
const USUAL_MINUTES = 20 * 60;

export interface Values {
  person: string;
  project: string;
  newProject: string;
  effort: string;
  start: string;
  end: string;
  tentative: boolean;
  notes: string;
}

interface EditorProps {
  state: EditorState;
  data: ScheduleData;
  planner: Planner;
  close: () => void;
  save: (commands: Command[], v: Values, project: ProjectLabel) => Promise<boolean>;
  remove: (() => void) | null;
}

/** Free hours of the emptiest-needed week, asked of the server: what fits every week of the stretch. */
async function freeWeekly(
  data: ScheduleData,
  personId: string,
  start: number,
  end: number,
): Promise<number | null> {
  const [from, to] = [monday(start), monday(end) + 6];
  const answer = await askRows(data.api, {
    people: personId,
    from: toIso(from),
    to: toIso(to),
    bucket: 'week',
  });
  const [row] = answer.rows;
  const cells = row ? [...cellsOf(row, { from, to, bucket: 'week' }).values()] : [];
  const free = cells.map((c) => c.capacity_minutes - c.booked_minutes);
  const least = Math.min(...free);
  return Number.isFinite(least) && least > 0 ? least : null;
}

function commandsFor(
  v: Values,
  state: EditorState,
  ids: { booking: string; project: string },
): Command[] | null {
  const effort = parseEffort(v.effort);
  if (!effort || !isIso(v.start) || (v.end !== '' && (!isIso(v.end) || v.end < v.start)))
    return null;
  if (v.project === '' && v.newProject === '') return null;
  const body = {
    person_id: v.person,
    project_id: v.newProject ? ids.project : v.project,
    start: v.start,
    end: v.end === '' ? null : v.end,
    effort,
    status: v.tentative ? 'tentative' : 'confirmed',
    notes: v.notes.trim() || null,
    // A weekday mask belongs to effort per day alone.
    ...(state.assignment && effort.per !== 'day'
      ? { weekdays: null, include_non_working: false }
      : {}),
  };
  const booking: Command = state.assignment
    ? {
        op: 'update',
        resource: 'assignments',
        id: state.assignment.id,
        expect: state.assignment.version,
        body,
      }
    : { op: 'create', resource: 'assignments', id: ids.booking, body };
  const project: Command[] = v.newProject
    ? [{ op: 'create', resource: 'projects', id: ids.project, body: { name: v.newProject } }]
    : [];
  return [...project, booking];
}

function first(state: EditorState): Values {
  const a = state.assignment;
  return {
    person: state.personId,
    project: a?.project_id ?? localStorage.getItem(LAST_PROJECT) ?? '',
    newProject: '',
    effort: a ? writeEffort(a.effort) : '',
    start: toIso(state.start),
    end: state.end === null ? '' : toIso(state.end),
    tentative: a?.status === 'tentative',
    notes: a?.notes ?? '',
  };
}

/** The popover at a bar: everything dragging does, and what it can't. */
export default function Editor({ state, data, planner, close, save, remove }: EditorProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const [v, setV] = useState(() => first(state));
  const [tried, setTried] = useState(false);

  const [search, setSearch] = useState('');
  const typedEffort = useRef(state.assignment !== null);
  const ids = useMemo(() => ({ booking: crypto.randomUUID(), project: crypto.randomUUID() }), []);
  const box = useRef<HTMLFormElement>(null);
  const projects = useQuery(api.all('list_projects', {}));
  const set = (part: Partial<Values>) => setV((now) => ({ ...now, ...part }));

  useEffect(() => {
    if (typedEffort.current) return;
    let over = false;
    freeWeekly(data, state.personId, state.start, state.end ?? state.start)
      .catch(() => null)
      .then((free) => {
        if (!over && !typedEffort.current)
          set({ effort: writeEffort({ per: 'week', minutes: free ?? USUAL_MINUTES }) });
      });
    return () => {
      over = true;
    };
  }, [data, state]);

  // The strip shows what saving would do.
  const commands = useMemo(() => commandsFor(v, state, ids), [v, state, ids]);
  useEffect(
    () => planner.preview(v.newProject ? null : commands),
    [planner, commands, v.newProject],
  );
  useEffect(() => () => planner.preview(null), [planner]);

  const list = projects.data?.filter((p) => !p.archived || p.id === v.project) ?? [];
  const known = list.some((p) => p.id === v.project);
  const typed = search.trim();
  const offersNew = typed !== '' && !list.some((p) => p.name.toLowerCase() === typed.toLowerCase());
  const options = list.map((p) => ({
    value: p.id,
    label: p.code ? `${p.name} (${p.code})` : p.name,
  }));
  if (v.newProject) options.push({ value: `${NEW}${v.newProject}`, label: v.newProject });
  else if (offersNew)
    options.push({ value: `${NEW}${typed}`, label: t.schedule.createProject({ name: typed }) });
  const people = [...data.everybody()]
    .map((p) => ({ value: p.id, label: p.name }))
    .sort((a, b) => a.label.localeCompare(b.label));

  const wrong = {
    project: v.newProject || known ? undefined : t.error.required,
    effort: parseEffort(v.effort) ? undefined : t.schedule.effortBad,
    start: isIso(v.start) ? undefined : t.error.date,
    end: v.end !== '' && (!isIso(v.end) || v.end < v.start) ? t.error.order : undefined,
  };
  const submit = () => {
    setTried(true);
    if (!commands || Object.values(wrong).some(Boolean)) return;
    if (!v.newProject) localStorage.setItem(LAST_PROJECT, v.project);
    else localStorage.setItem(LAST_PROJECT, ids.project);
    close();
    const chosen = list.find((p) => p.id === v.project);
    const label = chosen
      ? {
          name: chosen.name,
          code: chosen.code,
          colour: chosen.colour ?? SLATE,
          status: chosen.status,
        }
      : { name: v.newProject, code: null, colour: SLATE, status: 'active' as const };
    void save(commands, v, label);
  };
  return (
    <form
      ref={box}
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      <h2>{state.assignment ? t.schedule.editBooking : t.schedule.newBooking}</h2>
      <ErrorNotice error={projects.error} />
      <Select
        label={t.schedule.project}
        placeholder={t.schedule.projectHint}
        searchable
        openOnFocus={false}
        autoFocus
        data={options}
        value={v.newProject ? `${NEW}${v.newProject}` : known ? v.project : null}
        error={tried ? wrong.project : undefined}
        nothingFoundMessage={t.schedule.noProjectFound}
        onSearchChange={setSearch}
        onChange={(value) =>
          set(
            value?.startsWith(NEW)
              ? { newProject: value.slice(NEW.length), project: '' }
              : { project: value ?? '', newProject: '' },
          )
        }
        comboboxProps={{ withinPortal: false }}
      />
      <TextInput
        label={t.schedule.effort}
        placeholder={t.schedule.effortHint}
        value={v.effort}
        error={tried || (typedEffort.current && v.effort !== '') ? wrong.effort : undefined}
        onChange={(e) => {
          typedEffort.current = true;
          set({ effort: e.currentTarget.value });
        }}
      />
      <div className={css.pair}>
        <TextInput
          type="date"
          label={t.schedule.start}
          value={v.start}
          error={wrong.start}
          onChange={(e) => set({ start: e.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={t.schedule.end}
          description={v.end === '' ? t.schedule.openEnd : undefined}
          value={v.end}
          error={wrong.end}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          onChange={(e) => set({ end: e.currentTarget.value })}
        />
      </div>
      {state.assignment && (
        <Select
          label={t.schedule.person}
          searchable
          openOnFocus={false}
          data={people}
          value={v.person}
          allowDeselect={false}
          onChange={(value) => value && set({ person: value })}
          comboboxProps={{ withinPortal: false }}
        />
      )}
      <Checkbox
        label={t.schedule.tentative}
        checked={v.tentative}
        onChange={(e) => set({ tentative: e.currentTarget.checked })}
      />
      <TextInput
        label={t.schedule.notes}
        value={v.notes}
        onChange={(e) => set({ notes: e.currentTarget.value })}
      />
      <div className={css.foot}>
        {remove ? (
          <Button variant="light" color="danger" onClick={remove}>
            {t.schedule.delete}
          </Button>
        ) : (
          <span />
        )}
        <Button variant="default" onClick={close}>
          {t.action.cancel}
        </Button>
        <Button type="submit">{t.action.save}</Button>
      </div>
    </form>
  );
}
